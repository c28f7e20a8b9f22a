import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import type { AttachKind, ProgramSpec } from "../../program/spec/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { attachKprobeMulti } from "./kprobe-multi.ts";
import { attachKprobe } from "./kprobe.ts";
import { attachKsyscall } from "./ksyscall.ts";
import type { Link } from "./link.ts";
import { attachRawTracepoint } from "./raw-tracepoint.ts";
import { attachTrace } from "./trace.ts";
import { attachTracepoint } from "./tracepoint.ts";
import { attachUprobePlaces } from "./uprobe-multi.ts";
import { attachUprobePlace } from "./uprobe.ts";
import { attachUsdt, parseUsdtTarget, type UsdtProgram } from "./usdt.ts";

/** Options of attaching to what a section names. */
export interface SectionAttachOptions extends AttachOptions {
  /** Uprobes: the process to watch; 0: this one. Default: all. */
  readonly pid?: number | undefined;
}

/** Whether programs of a kind are put into executables, where the kernel can leave out processes. */
export function isFileProbe(kind: AttachKind): boolean {
  return kind === "uprobe" || kind === "uretprobe" || kind === "uprobe_multi" || kind === "usdt";
}

/**
 * Attaches a program to what its section names. undefined: the section says nothing about that, by its kind (`socket`)
 * or because its target is missing (bare `SEC("tp")`, which libbpf's skeletons skip, too: RULES 62, 77). `usdt` gives what
 * programs on USDT points need.
 */
export function autoAttach(
  program: Attachable,
  spec: ProgramSpec,
  options: SectionAttachOptions = {},
  hooks: AttachHooks = {},
  usdt?: () => UsdtProgram,
): Link | undefined {
  const kind = spec.definition?.attach ?? "none";
  const { target, sectionName } = spec;
  if (options.pid !== undefined && !isFileProbe(kind)) {
    throw argumentError(`section "${sectionName}": expected no pid, as only uprobes watch one process`);
  }
  switch (kind) {
    case "none":
    // Its map is what is attached.
    case "struct_ops":
      return undefined;
    case "tracepoint": {
      if (target === undefined || target === "") return undefined;
      const [category = "", name = "", ...more] = target.split("/");
      if (category === "" || name === "" || more.length > 0) {
        throw argumentError(`section "${sectionName}": expected tracepoint/CATEGORY/NAME`);
      }
      return attachTracepoint(program, category, name, options, hooks);
    }
    case "raw_tracepoint":
      if (target === undefined || target === "") return undefined;
      return attachRawTracepoint(program, target, options, hooks);
    case "kprobe":
    case "kretprobe":
      if (target === undefined || target === "") return undefined;
      return attachKprobe(program, { name: target, isReturn: kind === "kretprobe" }, options, hooks);
    case "ksyscall":
      if (target === undefined || target === "") return undefined;
      return attachKsyscall(program, { name: target, isReturn: isReturn(sectionName) }, options, hooks);
    case "kprobe_multi":
      if (target === undefined || target === "" || spec.expectedAttachType === undefined) return undefined;
      return attachKprobeMulti(
        program,
        { functions: target, isReturn: isReturn(sectionName), type: spec.expectedAttachType },
        options,
        hooks,
      );
    case "uprobe_multi": {
      if (target === undefined || target === "" || spec.expectedAttachType === undefined) return undefined;
      const { path, place } = pathAndPlace(sectionName, target);
      return attachUprobePlaces(
        program,
        { path, places: place, isReturn: isReturn(sectionName), type: spec.expectedAttachType },
        options,
        hooks,
      );
    }
    // A section cannot name an interface: it is never done without being told.
    case "xdp":
      return undefined;
    case "uprobe":
    case "uretprobe":
      if (target === undefined || target === "") return undefined;
      return attachUprobePlace(
        program,
        { ...pathAndPlace(sectionName, target), isReturn: kind === "uretprobe" },
        options,
        hooks,
      );
    case "usdt": {
      if (target === undefined || target === "" || usdt === undefined) return undefined;
      const place = parseUsdtTarget(target);
      if (place !== undefined) return attachUsdt(program, usdt(), place, options, hooks);
      throw argumentError(
        `section "${sectionName}": expected PATH:PROVIDER:NAME after the slash, found "${target}"`,
      );
    }
    case "tracing":
    case "lsm":
      if (spec.expectedAttachType === undefined) return undefined;
      return attachTrace(program, { type: spec.expectedAttachType, section: sectionName }, options, hooks);
    default:
      throw new TsbpfError(ErrorCode.UNSUPPORTED, `tsbpf does not attach ${kind} programs yet`, {
        trail: [`section "${sectionName}"`],
        remedy: "pin the program and attach it with another tool",
      });
  }
}

/** `kretprobe.multi`, `uretprobe.multi.s`, `kretsyscall` */
function isReturn(section: string): boolean {
  return /^[ku]ret/.test(section);
}

/** `/bin/bash:readline+0x10`; the last colon counts, as paths may have others. */
function pathAndPlace(section: string, target: string): { readonly path: string; readonly place: string } {
  const colon = target.lastIndexOf(":");
  if (colon < 1 || colon === target.length - 1) {
    throw argumentError(`section "${section}": expected PATH:FUNCTION after the slash, found "${target}"`);
  }
  return { path: target.slice(0, colon), place: target.slice(colon + 1) };
}
