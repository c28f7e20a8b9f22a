import type { UsdtArgument, UsdtPlace } from "../../format/usdt/index.ts";
import type { BitField, UsdtLayout } from "./layout.ts";

/** A kind that no header knows: `bpf_usdt_arg` answers -EINVAL for such an argument. */
const UNKNOWN_KIND = 0xffn;

/** An argument that a program of this object cannot read, and why. */
export interface UnreadableArgument {
  /** Counted from 0, as `bpf_usdt_arg` does. */
  readonly index: number;
  readonly text: string;
  readonly reason: string;
}

/** The arguments that {@link encodeUsdtSpec} can only mark as unreadable. */
export function unreadableArguments(layout: UsdtLayout, list: readonly UsdtArgument[]): UnreadableArgument[] {
  return list.flatMap(({ text, place }, index) => {
    const reason = unreadableReason(layout, place);
    return reason === undefined ? [] : [{ index, text, reason }];
  });
}

function unreadableReason(layout: UsdtLayout, place: UsdtPlace): string | undefined {
  if (place.kind === "unreadable") return place.reason;
  if (place.kind !== "memory") return undefined;
  if (place.index !== undefined && !hasIndex(layout)) {
    return "the object's <bpf/usdt.bpf.h> knows no index registers: tsbpf's does, and libbpf's from 1.7 on";
  }
  return undefined;
}

/**
 * The value of an element of `__bpf_usdt_specs`, in the layout that the object declares. `cookie`: unsigned 64 bits.
 * Arguments beyond those that a spec holds are left out.
 */
export function encodeUsdtSpec(
  layout: UsdtLayout,
  list: readonly UsdtArgument[],
  cookie: bigint,
): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  const shown = list.slice(0, layout.argumentCount);
  for (const [index, argument] of shown.entries()) {
    const put = (name: string, value: bigint): void => {
      const field = layout.argument.get(name);
      if (field === undefined) return;
      const bitOffset = field.bitOffset + index * layout.argumentSize * 8;
      putBits(bytes, { ...field, bitOffset }, value, layout.littleEndian);
    };
    const readable = unreadableReason(layout, argument.place) === undefined;
    const fields = readable ? placeFields(layout, argument.place) : { arg_type: UNKNOWN_KIND };
    for (const [name, value] of Object.entries(fields)) put(name, value);
    if (!readable) continue;
    put("arg_signed", argument.signed ? 1n : 0n);
    put("arg_bitshift", BigInt(64 - argument.size * 8));
  }
  putBits(bytes, layout.cookie, cookie, layout.littleEndian);
  putBits(bytes, layout.count, BigInt(shown.length), layout.littleEndian);
  return bytes;
}

function placeFields(layout: UsdtLayout, place: UsdtPlace): Readonly<Record<string, bigint>> {
  const kind = (name: string, number: bigint): bigint => layout.kinds.get(name) ?? number;
  switch (place.kind) {
    case "constant":
      return { arg_type: kind("BPF_USDT_ARG_CONST", 0n), val_off: place.value };
    case "register":
      return { arg_type: kind("BPF_USDT_ARG_REG", 1n), reg_off: BigInt(place.register.offset) };
    case "memory": {
      const memory = { val_off: place.displacement, reg_off: BigInt(place.base?.offset ?? 0) };
      if (place.index === undefined) return { ...memory, arg_type: kind("BPF_USDT_ARG_REG_DEREF", 2n) };
      return {
        ...memory,
        arg_type: kind("BPF_USDT_ARG_SIB", 3n),
        idx_reg_off: BigInt(place.index.offset),
        scale_bitshift: BigInt(place.shift),
      };
    }
    case "unreadable":
      return { arg_type: UNKNOWN_KIND };
  }
}

function hasIndex({ argument }: UsdtLayout): boolean {
  return argument.has("idx_reg_off") && argument.has("scale_bitshift");
}

/** Bit 0 of a field is its lowest; big-endian layouts count bits from the top of each byte. */
function putBits(
  bytes: Uint8Array,
  { bitOffset, bitSize }: BitField,
  value: bigint,
  littleEndian: boolean,
): void {
  const cut = BigInt.asUintN(bitSize, value);
  for (let bit = 0; bit < bitSize; bit++) {
    if (((cut >> BigInt(bit)) & 1n) === 0n) continue;
    const at = littleEndian ? bitOffset + bit : bitOffset + bitSize - 1 - bit;
    const mask = littleEndian ? 1 << (at & 7) : 0x80 >> (at & 7);
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | mask;
  }
}
