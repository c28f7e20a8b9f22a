/** Decodes by walking the BTF with a DataView: slow, obvious, and independent of the generators. */
import { decodeUtf8 } from "../../../src/format/bytes/index.ts";
import type { Btf, BtfMember, BtfType } from "../../../src/format/btf/index.ts";

export function interpret(btf: Btf, id: number, view: DataView, offset: number): unknown {
  const type = bare(btf, id);
  switch (type.kind) {
    case "int":
      if (type.encoding === "bool") return bitsAt(view, offset * 8, type.size * 8) !== 0n;
      return number(bitsAt(view, offset * 8, type.size * 8), type.size * 8, type.encoding === "signed");
    case "ptr":
      return view.getBigUint64(offset, true);
    case "enum":
    case "enum64":
      return number(bitsAt(view, offset * 8, type.size * 8), type.size * 8, type.signed);
    case "float":
      return type.size === 4
        ? view.getFloat32(offset, true)
        : type.size === 8
          ? view.getFloat64(offset, true)
          : bytesAt(view, offset, type.size);
    case "array": {
      const element = bare(btf, type.type);
      const bytes = bytesAt(view, offset, type.length);
      if (element.kind === "int" && element.name === "char") {
        const end = bytes.indexOf(0);
        return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
      }
      if (element.kind === "int" && element.size === 1 && element.encoding === "none") return bytes;
      const size = sizeOf(element, btf);
      return Array.from({ length: type.length }, (_, at) =>
        interpret(btf, type.type, view, offset + at * size),
      );
    }
    case "struct":
    case "union":
      return Object.fromEntries(type.members.flatMap((member) => memberOf(btf, member, view, offset)));
    default:
      throw new Error(`no values of ${type.kind}`);
  }
}

function memberOf(btf: Btf, member: BtfMember, view: DataView, offset: number): [string, unknown][] {
  const type = bare(btf, member.type);
  const bit = offset * 8 + member.bitOffset;
  if (member.bitSize > 0) {
    const bits = bitsAt(view, bit, member.bitSize);
    if (type.kind === "int" && type.encoding === "bool") return [[member.name, bits !== 0n]];
    const signed = (type.kind === "int" && type.encoding === "signed") || ("signed" in type && type.signed);
    return [[member.name, number(bits, member.bitSize, signed)]];
  }
  const value = interpret(btf, member.type, view, bit / 8);
  if (member.name !== "") return [[member.name, value]];
  return Object.entries(value as Record<string, unknown>); // an anonymous struct or union
}

function number(bits: bigint, width: number, signed: boolean): number | bigint {
  const value = signed ? BigInt.asIntN(width, bits) : bits;
  return width > 32 ? value : Number(value);
}

function bitsAt(view: DataView, bit: number, count: number): bigint {
  let value = 0n;
  for (let at = count - 1; at >= 0; at--) {
    const place = bit + at;
    value = (value << 1n) | BigInt((view.getUint8(place >> 3) >> (place & 7)) & 1);
  }
  return value;
}

function bytesAt(view: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(offset, offset + length);
}

function bare(btf: Btf, id: number): BtfType {
  const type = btf.type(id);
  switch (type.kind) {
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type_tag":
    case "var":
      return bare(btf, type.type);
    default:
      return type;
  }
}

function sizeOf(type: BtfType, btf: Btf): number {
  if (type.kind === "array") return type.length * sizeOf(bare(btf, type.type), btf);
  return "size" in type ? type.size : 8;
}
