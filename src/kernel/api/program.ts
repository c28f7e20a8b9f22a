import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import type { ProgramSpec } from "../../program/spec/index.ts";
import {
  attachRawTracepoint,
  attachTrace,
  attachTracepoint,
  attachUprobePlace,
  autoAttach,
  type AttachHooks,
  type AttachOptions,
  type Link,
  type UprobeOptions,
  type UprobePlace,
} from "../link/index.ts";
import { LoadedProgram, type ProgramParts } from "../object/index.ts";

/** Options of {@link Program.attachUprobe}. */
export interface UprobeAttachOptions extends UprobeOptions {
  /** Whether the program runs when the function returns; default: what its section says. */
  readonly retprobe?: boolean | undefined;
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
  private readonly attached = new Set<Link>();

  /** @internal */
  constructor(parts: ProgramParts, spec?: ProgramSpec, verifierLog = "") {
    super(parts);
    this.spec = spec;
    this.verifierLog = verifierLog;
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

  /**
   * Attaches to an instruction of an executable or library, in all processes that run it or in one. `path` is a path (also
   * `a.apk!/lib/x.so`), the name of a program on PATH, or the name of a library such as `libc`; with `pid`, as that
   * process sees it. `place` is a function (`"malloc"`, `"main+0x10"`, `"name@VERSION"`) or an offset in the file.
   * By default a program whose section is `uretprobe` runs when the function returns.
   * ARGUMENT: no such file or function, with near names. KERNEL_FEATURE: cookies before 5.15. Needs CAP_PERFMON.
   */
  attachUprobe(path: string, place: string | UprobePlace, options: UprobeAttachOptions = {}): Link {
    this.requireType("attachUprobe", "kprobe");
    return this.keep((hooks) => {
      const isReturn = options.retprobe ?? this.spec?.definition?.attach === "uretprobe";
      return attachUprobePlace(this, { path, place, isReturn }, options, hooks);
    });
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
