import { ErrorCode, TsbpfError } from "../../errors.ts";
import { encodeUtf8 } from "../../format/bytes/index.ts";
import { nearest } from "../../suggestion.ts";
import type { KconfigExtern, ObjectSpec } from "../spec/index.ts";
import type { Machine } from "./types.ts";

/** The contents of the `.kconfig` map, and what stands in the way of single values. */
export interface KconfigImage {
  readonly bytes: Uint8Array;
  /** Externs without a value: only programs that read them are concerned. */
  readonly faults: ReadonlyMap<string, TsbpfError>;
  /** Name → the value as text, for `--explain`. */
  readonly values: ReadonlyMap<string, string>;
}

/** `enum libbpf_tristate`. */
const tristate: Readonly<Record<string, bigint>> = { n: 0n, y: 1n, m: 2n };

/** Values for all `__kconfig` externs of the object (RULES 25); undefined if it has none. */
export function resolveKconfig(spec: ObjectSpec, machine: Machine): KconfigImage | undefined {
  const externs = spec.externs.filter((extern) => extern.kind === "kconfig");
  if (externs.length === 0) return undefined;
  const map = spec.maps.find(({ origin }) => origin === "kconfig");
  const end = Math.max(...externs.map(({ offset, size }) => offset + size));
  const bytes = new Uint8Array(Math.max(map?.valueSize ?? 0, end));
  const faults = new Map<string, TsbpfError>();
  const values = new Map<string, string>();
  // The file is read only if a CONFIG_… is wanted: some machines have none.
  const wantsConfig = externs.some(({ name }) => name.startsWith("CONFIG_"));
  const config = wantsConfig ? machine.kconfig() : undefined;
  for (const extern of externs) {
    try {
      const found = encodeExtern(extern, machine, config);
      values.set(extern.name, found?.text ?? "0 (weak, not set)");
      if (found === undefined) continue;
      const ordered = spec.littleEndian || extern.value === "string" ? found.bytes : found.bytes.toReversed();
      bytes.set(ordered, extern.offset);
    } catch (error) {
      if (!(error instanceof TsbpfError)) throw error;
      faults.set(extern.name, error);
    }
  }
  return { bytes, faults, values };
}

/** A value's bytes, lowest first; undefined for a weak extern without a value. */
function encodeExtern(
  extern: KconfigExtern,
  machine: Machine,
  config: ReadonlyMap<string, string> | undefined,
): { bytes: Uint8Array; text: string } | undefined {
  const { name } = extern;
  if (!name.startsWith("CONFIG_")) {
    const value = virtualValue(name, machine);
    if (value !== undefined) return { bytes: encodeNumber(extern, value), text: String(value) };
    if (extern.weak && name.startsWith("LINUX_")) return undefined;
    throw fault(name, `expected a CONFIG_… option or one of ${virtualNames.join(", ")}`, {
      remedy: name.startsWith("LINUX_") ? "declare it __weak if it may be unknown" : undefined,
    });
  }
  const text = config?.get(name);
  if (text !== undefined) return { bytes: encodeText(extern, text), text };
  if (extern.weak) return undefined;
  if (config === undefined) {
    throw fault(name, "expected a kernel configuration to take it from, found none", {
      remedy:
        "give one, declare the extern __weak, or use a kernel with /proc/config.gz or /boot/config-$(uname -r)",
    });
  }
  const unprefixed = (option: string): string => option.slice("CONFIG_".length);
  const near = nearest(unprefixed(name), [...config.keys()].map(unprefixed));
  const hint = near === undefined ? "" : `; CONFIG_${near} is set`;
  throw fault(name, `expected it in the kernel's configuration, which does not set it${hint}`, {
    remedy: "declare the extern __weak if it may be missing",
  });
}

/** What libbpf answers itself; cilium/ebpf looks for the second among the options and finds nothing (RULES 25). */
const virtualNames = ["LINUX_KERNEL_VERSION", "LINUX_HAS_BPF_COOKIE", "LINUX_HAS_SYSCALL_WRAPPER"];

/** What is no option of the kernel's, but answered by the loader. */
function virtualValue(name: string, { kernelVersion, features }: Machine): bigint | undefined {
  switch (name) {
    case "LINUX_KERNEL_VERSION":
      return BigInt(kernelVersion);
    case "LINUX_HAS_BPF_COOKIE":
      return features.bpfCookie ? 1n : 0n;
    case "LINUX_HAS_SYSCALL_WRAPPER":
      return features.syscallWrapper ? 1n : 0n;
    default:
      return undefined;
  }
}

/** `y`, `m`, `"text"` or a number, into what the extern was declared as. */
function encodeText(extern: KconfigExtern, text: string): Uint8Array {
  const { name, value, size } = extern;
  // Kconfig has no other words; what they become is the C declaration's choice.
  if (text === "y" || text === "n" || text === "m") {
    if (value === "char") return little(BigInt(text.charCodeAt(0)), size);
    if (value === "tristate") return little(tristate[text] ?? 0n, size);
    if (value === "bool" && text !== "m") return little(text === "y" ? 1n : 0n, size);
    const wanted = text === "m" ? "an enum libbpf_tristate or char" : "a bool, enum libbpf_tristate or char";
    throw fault(name, `expected ${wanted} to take "${text}", found ${value}`);
  }
  if (text.startsWith('"')) {
    if (value !== "string") throw fault(name, `expected char[] to take ${text}, found ${value}`);
    if (text.length < 2 || !text.endsWith('"')) throw fault(name, `expected a closing quote, found ${text}`);
    // Cut to fit, with room for the NUL.
    return encodeUtf8(text.slice(1, -1)).subarray(0, size - 1);
  }
  const number = parseNumber(text);
  if (number === undefined) throw fault(name, `expected y, n, m, a "string" or a number, found ${text}`);
  if (value !== "int" && value !== "char") {
    throw fault(name, `expected an integer type to take ${text}, found ${value}`);
  }
  return encodeNumber(extern, number);
}

/** strtoull with base 0: decimal, 0x…, 0…; a minus wraps around, which the range check then reads as signed. */
function parseNumber(text: string): bigint | undefined {
  const match = /^\s*([+-]?)(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "";
  const octal = /^0[0-7]+$/.test(digits);
  const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (magnitude >= 2n ** 64n) return undefined;
  return match[1] === "-" ? -magnitude : magnitude;
}

/** Range-checked as libbpf does it: unsigned types take what fits their bits, signed ones what survives the cut. */
function encodeNumber({ name, value, size, signed }: KconfigExtern, number: bigint): Uint8Array {
  if (value !== "int" && value !== "char" && value !== "bool") {
    throw fault(name, `expected an integer, char or bool to take ${number}, found ${value}`);
  }
  const wrapped = BigInt.asUintN(64, number);
  const bits = size * 8;
  const fits = signed
    ? BigInt.asIntN(bits, number) === BigInt.asIntN(64, wrapped)
    : wrapped >> BigInt(bits) === 0n;
  if (size < 8 && !fits) {
    throw fault(name, `expected a value of ${signed ? "signed" : "unsigned"} ${bits} bits, found ${number}`);
  }
  if (value === "bool" && wrapped > 1n) throw fault(name, `expected 0 or 1 for a bool, found ${number}`);
  return little(wrapped, size);
}

/** Lowest byte first; {@link resolveKconfig} turns them around for big-endian objects. */
function little(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(at * 8)) & 0xffn));
}

function fault(
  name: string,
  detail: string,
  context: { readonly remedy?: string | undefined } = {},
): TsbpfError {
  return new TsbpfError(ErrorCode.RELOCATION, `extern ${name}: ${detail}`, context);
}
