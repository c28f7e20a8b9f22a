import { argumentError, ErrorCode, TsbpfError, type SourceLine } from "../../errors.ts";
import type { PreparedProgram } from "../../program/relocate/index.ts";
import type { ProgramSpec } from "../../program/spec/index.ts";
import {
  attachRawTracepoint,
  attachTrace,
  attachTracepoint,
  autoAttach,
  type AttachHooks,
  type AttachOptions,
  type Link,
} from "../link/index.ts";
import { LoadedProgram, type ProgramParts } from "../object/index.ts";

/** One place in a program's code that the loader filled in for this kernel. */
export interface AppliedRelocation {
  /** The slot of 8 bytes, counted over the program and the subprograms behind it. */
  readonly instruction: number;
  /** What was put there: `struct task_struct.pid: field_byte_offset 0 -> 2460`, `map "events"`. */
  readonly text: string;
  /** The C line it belongs to; undefined: the object has no line information. */
  readonly source: SourceLine | undefined;
}

function appliedRelocations({ explained, lines }: PreparedProgram): AppliedRelocation[] {
  return explained.map(({ instruction, text }) => ({
    instruction,
    text,
    source: lines.findLast((line) => line.instruction <= instruction)?.source,
  }));
}

/**
 * A loaded program. Each `attach…` gives a {@link Link}; the program stays attached until the link is detached, also
 * several times and at several places.
 */
export class Program extends LoadedProgram {
  /** What the object says of the program; undefined for one that was opened by its pin. */
  readonly spec: ProgramSpec | undefined;
  /** The verifier's log, if `logLevel` asked for it; else "". */
  readonly verifierLog: string;
  /** What the loader changed in its code before the kernel got it; empty for one that was opened by its pin. */
  readonly relocations: readonly AppliedRelocation[];
  private readonly attached = new Set<Link>();

  /** @internal */
  constructor(parts: ProgramParts, prepared?: PreparedProgram, verifierLog = "") {
    super(parts);
    this.spec = prepared?.spec;
    this.verifierLog = verifierLog;
    this.relocations = prepared === undefined ? [] : appliedRelocations(prepared);
  }

  /** The links that hold it attached now. */
  get links(): readonly Link[] {
    return [...this.attached];
  }

  /** Attaches to what the section names, `SEC("tracepoint/syscalls/sys_enter_execve")`. */
  attach(options?: AttachOptions): Link {
    const link = this.attachBySection(options);
    if (link !== undefined) return link;
    const section = this.spec?.sectionName;
    throw argumentError(
      `program "${this.name}": expected a section that says where to attach it, found ${section === undefined ? "none: it was opened by its pin" : `"${section}"`}`,
      "attach it explicitly, such as attachTracepoint(category, name)",
    );
  }

  /**
   * Attaches to the tracepoint `events/CATEGORY/NAME` of tracefs, on all CPUs.
   * ARGUMENT: no such tracepoint. DENIED: tracefs is not mounted or not readable. Needs CAP_PERFMON.
   */
  attachTracepoint(category: string, name: string, options?: AttachOptions): Link {
    this.requireType("attachTracepoint", "tracepoint");
    return this.keep((hooks) => attachTracepoint(this, category, name, options, hooks));
  }

  /** Attaches to a tracepoint by its name alone, with its raw arguments (Linux 4.17). ARGUMENT: no such tracepoint. */
  attachRawTracepoint(name: string, options?: AttachOptions): Link {
    this.requireType("attachRawTracepoint", "raw_tracepoint", "raw_tracepoint_writable");
    return this.keep((hooks) => attachRawTracepoint(this, name, options, hooks));
  }

  /** Attaches a `tp_btf`, `fentry`, `fexit`, `fmod_ret` or `lsm` program to the place it was loaded for. */
  attachTrace(options?: AttachOptions): Link {
    this.requireType("attachTrace", "tracing", "lsm");
    const spec = this.spec;
    if (spec?.expectedAttachType === undefined) {
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        "a pinned program does not say what kind of tracing it is",
        {
          trail: [`program "${this.name}"`],
        },
      );
    }
    const place = { type: spec.expectedAttachType, section: spec.sectionName };
    return this.keep((hooks) => attachTrace(this, place, options, hooks));
  }

  /** Detaches all its links and gives the fd back; idempotent. */
  override close(): void {
    for (const link of this.links) link.detach();
    super.close();
  }

  /** @internal undefined: the section says nothing about attaching. */
  attachBySection(options?: AttachOptions): Link | undefined {
    const { spec } = this;
    if (spec === undefined) return undefined;
    return this.keep((hooks) => autoAttach(this, spec, options, hooks));
  }

  private requireType(method: string, ...types: readonly string[]): void {
    if (types.includes(this.type)) return;
    throw argumentError(
      `program "${this.name}": ${method} expects a program of type ${types.join(" or ")}, found ${this.type}`,
      this.spec === undefined ? undefined : `its section is "${this.spec.sectionName}"`,
    );
  }

  private keep<L extends Link | undefined>(attach: (hooks: AttachHooks) => L): L {
    let link: L | undefined;
    const forget = (): void => void (link !== undefined && this.attached.delete(link));
    try {
      link = attach({ afterClose: forget });
    } catch (error) {
      const place = `program "${this.name}"`;
      // A closed fd has said whose it was.
      throw error instanceof TsbpfError && error.trail[0] !== place ? error.within(place) : error;
    }
    if (link !== undefined) this.attached.add(link);
    return link;
  }
}
