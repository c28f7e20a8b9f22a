import { argumentError, ErrorCode, TsbpfError, type SourceLine } from "../../errors.ts";
import type { PreparedProgram } from "../../program/relocate/index.ts";
import type { ProgramSpec } from "../../program/spec/index.ts";
import type { AttachType } from "../../format/abi/index.ts";
import {
  attachKprobe,
  attachKprobeMulti,
  attachKsyscall,
  attachRawTracepoint,
  attachTrace,
  attachTracepoint,
  attachUprobePlace,
  attachUprobePlaces,
  attachXdp,
  attachUsdt,
  autoAttach,
  isFileProbe,
  type AttachHooks,
  type AttachOptions,
  type Link,
  type SectionAttachOptions,
  type UprobePlace,
  type XdpOptions,
  type UsdtOptions,
  type UsdtProgram,
} from "../link/index.ts";
import { LoadedProgram, type ProgramParts } from "../object/index.ts";
import type {
  KprobeAttachOptions,
  KprobeMultiAttachOptions,
  ReturnOption,
  UprobeAttachOptions,
  UprobeMultiAttachOptions,
} from "./probe-options.ts";

/** The method for types whose section may say nothing of the place. */
const explicitly: Readonly<Record<string, string>> = {
  xdp: "attachXdp(interface)",
  kprobe: "attachKprobe(function), attachUprobe(path, function) or attachUsdt(path, provider, name)",
  raw_tracepoint: "attachRawTracepoint(name)",
};

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
  private readonly usdt: (() => UsdtProgram) | undefined;

  /** @internal `usdt`: what points in user space need of the object around it. */
  constructor(parts: ProgramParts, prepared?: PreparedProgram, verifierLog = "", usdt?: () => UsdtProgram) {
    super(parts);
    this.spec = prepared?.spec;
    this.verifierLog = verifierLog;
    this.relocations = prepared === undefined ? [] : appliedRelocations(prepared);
    this.usdt = usdt;
  }

  /** The links that hold it attached now. */
  get links(): readonly Link[] {
    return [...this.attached];
  }

  /** Attaches to what the section names, `SEC("tracepoint/syscalls/sys_enter_execve")`. */
  attach(options?: SectionAttachOptions): Link {
    const link = this.attachBySection(options);
    if (link !== undefined) return link;
    const section = this.spec?.sectionName;
    throw argumentError(
      `program "${this.name}": expected a section that says where to attach it, found ${section === undefined ? "none: it was opened by its pin" : `"${section}"`}`,
      `attach it explicitly, such as ${explicitly[this.type] ?? "attachTracepoint(category, name)"}`,
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
   * Attaches to a kernel function, `"do_unlinkat"` or an instruction in it, `"do_unlinkat+0x10"`, for all processes. By
   * default a program whose section is `kretprobe` runs when the function returns.
   * ARGUMENT: no such function, with its renamed forms or near names. KERNEL_FEATURE: the kernel has no kprobes, or no
   * cookies (before 5.15). Needs CAP_PERFMON.
   */
  attachKprobe(name: string, options: KprobeAttachOptions = {}): Link {
    this.requireProbe("attachKprobe");
    return this.keep((hooks) =>
      attachKprobe(this, { name, isReturn: this.isReturn(options) }, options, hooks),
    );
  }

  /**
   * Attaches to the kernel function that runs a system call, `"execve"`, whatever this kernel calls it. By default a
   * program whose section is `kretsyscall` runs when it returns. ARGUMENT: no such system call. Needs CAP_PERFMON.
   */
  attachKsyscall(name: string, options: KprobeAttachOptions = {}): Link {
    this.requireProbe("attachKsyscall");
    return this.keep((hooks) =>
      attachKsyscall(this, { name, isReturn: this.isReturn(options) }, options, hooks),
    );
  }

  /**
   * Attaches a `kprobe.multi` program to many kernel functions with one link (Linux 5.18), a `kprobe.session` program (6.10)
   * to their entries and returns: names, or a pattern with `*` and `?`. ARGUMENT: no such function, nothing that matches.
   */
  attachKprobeMulti(functions: string | readonly string[], options: KprobeMultiAttachOptions = {}): Link {
    const type = this.requireMulti("attachKprobeMulti", "trace_kprobe_multi", "trace_kprobe_session");
    const isReturn = type === "trace_kprobe_multi" && this.isReturn(options);
    return this.keep((hooks) => attachKprobeMulti(this, { functions, isReturn, type }, options, hooks));
  }

  /**
   * Attaches to an instruction of an executable or library, in all processes that run it or in one. `path` is a path (also
   * `a.apk!/lib/x.so`), the name of a program on PATH, or the name of a library such as `libc`; with `pid`, as that
   * process sees it. `place` is a function (`"malloc"`, `"main+0x10"`, `"name@VERSION"`) or an offset in the file.
   * By default a program whose section is `uretprobe` runs when the function returns.
   * ARGUMENT: no such file or function, with near names. UNSUPPORTED: a return probe on a Go function. KERNEL_FEATURE:
   * cookies before 5.15. Needs CAP_PERFMON.
   */
  attachUprobe(path: string, place: string | UprobePlace, options: UprobeAttachOptions = {}): Link {
    this.requireProbe("attachUprobe");
    const isReturn = this.isReturn(options);
    return this.keep((hooks) => attachUprobePlace(this, { path, place, isReturn }, options, hooks));
  }

  /**
   * Attaches a `uprobe.multi` program to many places of a file with one link (Linux 6.6), a `uprobe.session` program (6.13)
   * to entries and returns. `places` is a pattern with `*` and `?`, or a list of what {@link attachUprobe} takes.
   */
  attachUprobeMulti(
    path: string,
    places: string | readonly (string | UprobePlace)[],
    options: UprobeMultiAttachOptions = {},
  ): Link {
    const type = this.requireMulti("attachUprobeMulti", "trace_uprobe_multi", "trace_uprobe_session");
    const isReturn = type === "trace_uprobe_multi" && this.isReturn(options);
    const { refCtrOffsets } = options;
    const request = { path, places, isReturn, type, refCtrOffsets };
    return this.keep((hooks) => attachUprobePlaces(this, request, options, hooks));
  }

  /**
   * Attaches to a network interface, by name or index, with a link (Linux 5.9). It is never done by `attach()`: a section
   * cannot name an interface. ARGUMENT: no such interface. Needs CAP_NET_ADMIN.
   */
  attachXdp(networkInterface: string | number, options?: XdpOptions): Link {
    this.requireType("attachXdp", "xdp");
    return this.keep((hooks) => attachXdp(this, networkInterface, options, hooks));
  }

  /**
   * Attaches to a static tracing point (USDT) of an executable or library, at every place where it fires, in all processes
   * that run the file or in one. `path` is what {@link attachUprobe} takes. The program reads its arguments by
   * `BPF_USDT` or `bpf_usdt_arg` of `<bpf/usdt.bpf.h>`, tsbpf's or that of any libbpf since 0.8.
   * ARGUMENT: no such file or point, with near names. UNSUPPORTED: an argument that no program can read, such as one in a
   * floating point register, unless `allowUnreadable`; a program opened by its pin. KERNEL_FEATURE: semaphores before
   * 4.20; files that are loaded anywhere before 5.15 without `pid`. Needs CAP_BPF and CAP_PERFMON.
   */
  attachUsdt(path: string, provider: string, name: string, options: UsdtOptions = {}): Link {
    this.requireType("attachUsdt", "kprobe");
    const loadedFor = this.spec?.expectedAttachType;
    if (loadedFor !== undefined && loadedFor !== "trace_uprobe_multi") {
      throw argumentError(
        `program "${this.name}": attachUsdt expects a program for places in files, found section "${this.spec?.sectionName}"`,
        'give it SEC("usdt")',
      );
    }
    return this.keep((hooks) => attachUsdt(this, this.usdtParts(), { path, provider, name }, options, hooks));
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

  /** @internal Whether its section puts it into an executable, so that a process can be chosen. */
  get isInFile(): boolean {
    return isFileProbe(this.spec?.definition?.attach ?? "none");
  }

  /** @internal undefined: the section says nothing about attaching. */
  attachBySection(options?: SectionAttachOptions): Link | undefined {
    const { spec } = this;
    if (spec === undefined) return undefined;
    return this.keep((hooks) => autoAttach(this, spec, options, hooks, () => this.usdtParts()));
  }

  private usdtParts(): UsdtProgram {
    if (this.usdt !== undefined) return this.usdt();
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      "expected a program with the maps that its arguments are looked up in, found one that was opened by its pin",
      { remedy: "load its object, or pin the link instead of the program" },
    );
  }

  /** Whether it runs on return: as the options say, else as its section does. */
  private isReturn({ retprobe }: ReturnOption): boolean {
    return retprobe ?? /^[ku]ret/.test(this.spec?.sectionName ?? "");
  }

  private requireProbe(method: string): void {
    this.requireType(method, "kprobe");
    if (this.spec?.definition?.attach === "usdt") {
      throw argumentError(
        `program "${this.name}": ${method} expects a program for one place, found one for USDT points, "${this.spec.sectionName}"`,
        'give it SEC("uprobe") or SEC("kprobe")',
      );
    }
    const loadedFor = this.spec?.expectedAttachType;
    if (loadedFor?.startsWith("trace_") !== true) return;
    const other = loadedFor.includes("kprobe") ? "attachKprobeMulti" : "attachUprobeMulti";
    throw argumentError(
      `program "${this.name}": ${method} expects a program for one place, found one for many, "${this.spec?.sectionName}"`,
      `use ${other}`,
    );
  }

  /** What the program was loaded for: the kernel wants the link to be of the same kind. */
  private requireMulti(method: string, multi: AttachType, session: AttachType): AttachType {
    this.requireType(method, "kprobe");
    const { spec } = this;
    if (spec === undefined) return multi;
    const loadedFor = spec.expectedAttachType;
    if (loadedFor === multi || loadedFor === session) return loadedFor;
    const kind = multi === "trace_kprobe_multi" ? "kprobe" : "uprobe";
    throw argumentError(
      `program "${this.name}": ${method} expects a program for many places, found section "${spec.sectionName}"`,
      `give it SEC("${kind}.multi") or SEC("${kind}.session")`,
    );
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
