import type { TraceableFunction } from "./host.ts";
import type { MachineFiles } from "./machine-files.ts";

/** Names of functions in text of the form of /proc/kallsyms, `ADDRESS TYPE NAME[\t[MODULE]]`; their type is t or w. */
export function parseKernelFunctions(text: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(/^[0-9a-f]+ [tTwW] (\S+)/gm)) {
    const name = match[1];
    // `$x` marks code on arm64, `__pfx_` the padding in front of a function (Linux 6.3).
    if (name !== undefined && !name.startsWith("$") && !name.startsWith("__pfx_")) names.add(name);
  }
  return [...names];
}

/** All functions of the kernel that runs: 5 MB of text, some tens of milliseconds. */
export function readKernelFunctions(files: MachineFiles): string[] {
  return parseKernelFunctions(files.text("/proc/kallsyms") ?? "");
}

/** Lines of `available_filter_functions`, `NAME [MODULE]`, and of its twin with addresses, `ADDRESS NAME [MODULE]`. */
export function parseTraceableFunctions(text: string, hasAddresses: boolean): TraceableFunction[] {
  const functions: TraceableFunction[] = [];
  const pattern = hasAddresses ? /^([0-9a-f]+) (\S+)/gm : /^()(\S+)/gm;
  for (const [, address, name] of text.matchAll(pattern)) {
    // A function of a module that is being removed, and weak ones that were replaced.
    if (name === undefined || name.startsWith("__ftrace_invalid_address_")) continue;
    functions.push({ name, address: address ? BigInt(`0x${address}`) : undefined });
  }
  return functions;
}

/** RULES 63: the file with addresses is there since Linux 6.5. */
export function readTraceableFunctions(
  files: MachineFiles,
  tracefs: string,
): TraceableFunction[] | undefined {
  const withAddresses = files.text(`${tracefs}/available_filter_functions_addrs`);
  if (withAddresses) return parseTraceableFunctions(withAddresses, true);
  const names = files.text(`${tracefs}/available_filter_functions`);
  return names === undefined ? undefined : parseTraceableFunctions(names, false);
}
