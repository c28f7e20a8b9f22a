import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import type { AttachHooks, Attachable } from "./attachable.ts";
import { isNoFunction } from "./kernel-functions.ts";
import { attachKernelFunction, type KprobeOptions } from "./kprobe.ts";
import type { Link } from "./link.ts";

/** A system call by its name, `execve`. */
export interface KsyscallTarget {
  readonly name: string;
  readonly isReturn?: boolean | undefined;
}

/** What the kernel puts in front of `sys_NAME` where wrappers take the registers apart, by Node's names. */
const prefixes: Readonly<Record<string, string>> = {
  x64: "x64",
  ia32: "ia32",
  arm64: "arm64",
  arm: "arm",
  s390x: "s390x",
  riscv64: "riscv",
  ppc64: "powerpc",
  mips: "mips",
};

/**
 * Attaches to the kernel function that runs a system call. Its name depends on the CPU and on how the kernel was built, so
 * it is tried out rather than derived from a release (RULES 64).
 */
export function attachKsyscall(
  program: Attachable,
  { name, isReturn = false }: KsyscallTarget,
  options: KprobeOptions = {},
  hooks: AttachHooks = {},
): Link {
  const label = `${isReturn ? "kretsyscall" : "ksyscall"} ${name}`;
  if (!/^\w+$/.test(name)) throw argumentError(`expected a system call such as execve, found "${name}"`);
  const candidates = functionNames(program.host.architecture, name);
  for (const candidate of candidates) {
    try {
      return attachKernelFunction(program, { name: candidate, isReturn, label }, options, hooks);
    } catch (error) {
      if (!isNoFunction(program.host, candidate, error)) throw error;
    }
  }
  throw new TsbpfError(ErrorCode.ARGUMENT, `this kernel has no system call ${name}`, {
    trail: [label],
    remedy: nearSystemCall(program, name),
  });
}

/** With wrappers, without them (Linux 4.17), and as older kernels call them. */
function functionNames(architecture: string, name: string): string[] {
  const prefix = prefixes[architecture];
  const plain = [`__se_sys_${name}`, `sys_${name}`];
  return prefix === undefined ? plain : [`__${prefix}_sys_${name}`, ...plain];
}

function nearSystemCall({ host }: Attachable, name: string): string | undefined {
  const known = new Set<string>();
  for (const symbol of host.kernelFunctions()) {
    const call = /^__(?:se|[a-z0-9]+)_sys_(\w+)$/.exec(symbol)?.[1];
    if (call !== undefined) known.add(call);
  }
  const near = suggest(name, known, 0);
  return near?.startsWith("did") === true ? near : undefined;
}
