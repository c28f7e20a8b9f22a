import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import type { Host } from "../host/index.ts";
import { Errno } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { isNoFunction, renamedForms } from "./kernel-functions.ts";
import type { Link } from "./link.ts";
import { attachProbe, type ProbeAttachMode } from "./probe.ts";

/** A kernel function to put a probe on. */
export interface KprobeTarget {
  /** `do_unlinkat`, or `do_unlinkat+0x10` for an instruction in it. */
  readonly name: string;
  /** Whether the program runs when the function returns. */
  readonly isReturn?: boolean | undefined;
  /** For messages; default `kprobe NAME`. */
  readonly label?: string | undefined;
}

/** Options of kprobes. */
export interface KprobeOptions extends AttachOptions {
  /** Bytes from the function's start; not for return probes. */
  readonly offset?: number | undefined;
  /** Return probes: how many calls may be running at once before some are missed; only tracefs takes it, so no cookie. */
  readonly maxActive?: number | undefined;
  /** Default `"default"`: the newest way that this kernel has. */
  readonly attachMode?: ProbeAttachMode | undefined;
}

/**
 * Attaches a program of type `kprobe` to a kernel function, for all processes. ARGUMENT: the kernel has none of that name,
 * with what it may be called now.
 */
export function attachKprobe(
  program: Attachable,
  target: KprobeTarget,
  options: KprobeOptions = {},
  hooks: AttachHooks = {},
): Link {
  try {
    return attachKernelFunction(program, target, options, hooks);
  } catch (error) {
    const { name } = placeInFunction(target.name);
    if (!isNoFunction(program.host, name, error)) throw error;
    throw noSuchFunction(program.host, name, target.label ?? labelOf(target), error);
  }
}

/** The same without looking for other names: a missing function is the kernel's SYSCALL error ENOENT. */
export function attachKernelFunction(
  program: Attachable,
  target: KprobeTarget,
  options: KprobeOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { isReturn = false } = target;
  const { name, offset } = placeInFunction(target.name, options.offset);
  const at = offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
  const label = target.label ?? labelOf({ name: at, isReturn });
  const { maxActive } = options;
  if (isReturn && offset !== 0) {
    throw argumentError(
      `expected a function without an offset, found +0x${offset.toString(16)}`,
      "a return probe sits on the function's return, wherever that is",
    ).within(label);
  }
  if (maxActive !== undefined && !(isReturn && Number.isInteger(maxActive) && maxActive > 0)) {
    throw argumentError(
      isReturn
        ? `expected maxActive to be a whole number above 0, found ${maxActive}`
        : "expected maxActive with a return probe only",
    ).within(label);
  }
  return attachProbe(
    program,
    { kind: "kprobe", name, offset, isReturn, target: label, maxActive, meanings },
    options,
    hooks,
  );
}

function labelOf({ name, isReturn = false }: KprobeTarget): string {
  return `${isReturn ? "kretprobe" : "kprobe"} ${name}`;
}

const meanings = {
  [Errno.EINVAL]: [
    "the kernel takes no probe there",
    "a function of the probe machinery itself is on the list /sys/kernel/debug/kprobes/blacklist",
  ],
  [Errno.EILSEQ]: [
    "the offset is not at the start of an instruction",
    "look at the function with objdump -d",
  ],
  [Errno.EADDRNOTAVAIL]: [
    "several functions have this name, or its code was freed after the boot",
    "grep -w NAME /proc/kallsyms shows them",
  ],
} as const;

/** `func`, `func+16`, `func+0x10` */
function placeInFunction(text: string, more = 0): { readonly name: string; readonly offset: number } {
  const [, name = "", offset = "0"] = /^([^\s+]+)(?:\+(0x[0-9a-f]+|\d+))?$/i.exec(text) ?? [];
  if (name === "") throw argumentError(`expected FUNCTION or FUNCTION+OFFSET, found "${text}"`);
  const sum = Number(offset) + more;
  if (!Number.isSafeInteger(sum) || sum < 0)
    throw argumentError(`expected an offset of 0 or more, found ${sum}`);
  return { name, offset: sum };
}

/** The kernel has no such function: the compiler may have renamed it, or inlined it. */
export function noSuchFunction(host: Host, name: string, label: string, cause: unknown): TsbpfError {
  const names = host.kernelFunctions();
  const renamed = renamedForms(name, names);
  const [first] = renamed;
  if (first !== undefined) {
    return new TsbpfError(
      ErrorCode.ARGUMENT,
      `expected a kernel function ${name}, found it renamed by the compiler: ${renamed.join(", ")}`,
      { trail: [label], remedy: `attach to "${first}"`, cause },
    );
  }
  const remedy = names.includes(name)
    ? "it is there, but not where probes may be: /sys/kernel/debug/kprobes/blacklist names those functions"
    : (nearOf(name, names) ??
      "the compiler may have inlined it: `grep -w NAME /proc/kallsyms` shows whether it is there");
  return new TsbpfError(ErrorCode.ARGUMENT, `this kernel has no function ${name}`, {
    trail: [label],
    remedy,
    cause,
  });
}

function nearOf(name: string, names: readonly string[]): string | undefined {
  const near = suggest(name, names, 0);
  return near?.startsWith("did") === true ? near : undefined;
}
