import { argumentError } from "../../errors.ts";
import { ByteWriter, encodeUtf8 } from "../bytes/index.ts";
import { BTF_HEADER_SIZE, BTF_MAGIC } from "./header.ts";
import { btfKinds, type Btf, type BtfInt, type BtfType } from "./types.ts";

/** How BTF is to be written. */
export interface EncodeBtfOptions {
  /** Byte order of the result; that of `base`, else little-endian. */
  readonly littleEndian?: boolean | undefined;
  /** Write split BTF: ids and name offsets continue those of this BTF. */
  readonly base?: Btf | undefined;
}

/**
 * The `.BTF` bytes of `types`, whose first has the id 1, or the base's `endId`. Equal names share one string.
 * Every type is written as it stands: ids in it are not checked, so that forward references are possible.
 */
export function encodeBtf(types: Iterable<BtfType>, options: EncodeBtfOptions = {}): Uint8Array {
  const builder = new BtfBuilder(options);
  for (const type of types) builder.add(type);
  return builder.finish();
}

const INT_ENCODINGS: { readonly [E in BtfInt["encoding"]]: number } = {
  none: 0,
  signed: 1,
  char: 2,
  bool: 4,
};
const LINKAGES = { static: 0, global: 1, extern: 2 } as const;

/** Collects types and writes them as `.BTF` bytes. */
export class BtfBuilder {
  /** Id of the first type added. */
  readonly firstId: number;
  private readonly littleEndian: boolean;
  private readonly stringsStart: number;
  private readonly types: ByteWriter;
  private readonly strings: ByteWriter;
  private readonly offsets = new Map<string, number>();
  private count = 0;

  constructor(options: EncodeBtfOptions = {}) {
    this.littleEndian = options.littleEndian ?? options.base?.littleEndian ?? true;
    this.firstId = options.base?.endId ?? 1;
    this.stringsStart = options.base?.stringsEnd ?? 0;
    this.types = new ByteWriter(this.littleEndian);
    this.strings = new ByteWriter(this.littleEndian);
    // Name offset 0 is the empty name; in split BTF it lies in the base.
    if (options.base === undefined) this.strings.u8(0);
  }

  /** The id that the next {@link add} returns. */
  get nextId(): number {
    return this.firstId + this.count;
  }

  /** Name offset of a text, for `.BTF.ext` too; equal texts have one offset. */
  addString(text: string): number {
    if (text === "") return 0;
    let offset = this.offsets.get(text);
    if (offset === undefined) {
      if (text.includes("\0")) throw argumentError("expected a name without NUL, found one with it");
      offset = this.stringsStart + this.strings.length;
      this.strings.bytes(encodeUtf8(text)).u8(0);
      this.offsets.set(text, offset);
    }
    return offset;
  }

  /** Appends a type and returns its id. */
  add(type: BtfType): number {
    const id = this.nextId;
    switch (type.kind) {
      case "void":
        throw argumentError("expected a type other than void: it is id 0 of every BTF");
      case "int":
        this.head(type, false, 0, type.size);
        this.types.u32((INT_ENCODINGS[type.encoding] << 24) | (type.offset << 16) | type.bits);
        break;
      case "array":
        this.head(type, false, 0, 0);
        this.types.u32(type.type).u32(type.indexType).u32(type.length);
        break;
      case "struct":
      case "union": {
        // Members with a bit size need the flag, whoever made the type.
        const flag = type.hasBitfields || type.members.some((member) => member.bitSize > 0);
        this.head(type, flag, type.members.length, type.size);
        for (const member of type.members) {
          const offset = flag ? (member.bitSize << 24) | member.bitOffset : member.bitOffset;
          this.types.u32(this.addString(member.name)).u32(member.type).u32(offset);
        }
        break;
      }
      case "enum":
      case "enum64":
        this.head(type, type.signed, type.values.length, type.size);
        for (const { name, value } of type.values) {
          this.types.u32(this.addString(name));
          if (type.kind === "enum64") this.split64(value);
          else this.types.u32(Number(BigInt.asUintN(32, value)));
        }
        break;
      case "fwd":
        this.head(type, type.union, 0, 0);
        break;
      case "func":
        this.head(type, false, LINKAGES[type.linkage], type.type);
        break;
      case "func_proto":
        this.head(type, false, type.parameters.length, type.returnType);
        for (const parameter of type.parameters) {
          this.types.u32(this.addString(parameter.name)).u32(parameter.type);
        }
        break;
      case "var":
        this.head(type, false, 0, type.type);
        this.types.u32(LINKAGES[type.linkage]);
        break;
      case "datasec":
        this.head(type, false, type.variables.length, type.size);
        for (const variable of type.variables) {
          this.types.u32(variable.type).u32(variable.offset).u32(variable.size);
        }
        break;
      case "float":
        this.head(type, false, 0, type.size);
        break;
      case "decl_tag":
        this.head(type, type.attribute, 0, type.type);
        this.types.u32(type.component);
        break;
      default:
        this.head(type, type.attribute, 0, type.type);
    }
    this.count += 1;
    return id;
  }

  /** The `.BTF` bytes of everything added so far. */
  finish(): Uint8Array {
    const types = this.types.finish();
    const strings = this.strings.finish();
    return new ByteWriter(this.littleEndian)
      .u16(BTF_MAGIC)
      .u8(1)
      .u8(0)
      .u32(BTF_HEADER_SIZE)
      .u32(0)
      .u32(types.length)
      .u32(types.length)
      .u32(strings.length)
      .bytes(types)
      .bytes(strings)
      .finish();
  }

  /** `struct btf_type`. Bit fields of `info`: vlen 0–23, kind 24–30, kind_flag 31. */
  private head(type: BtfType, flag: boolean, length: number, sizeOrType: number): void {
    // 24 bits of vlen are linux/btf.h of libbpf 1.8; older kernels take 16 and refuse more themselves.
    if (length > 0xffffff) throw argumentError(`expected at most 16777215 elements, found ${length}`);
    const info = (flag ? 0x80000000 : 0) | (btfKinds.indexOf(type.kind) << 24) | length;
    this.types
      .u32(this.addString(type.name))
      .u32(info >>> 0)
      .u32(sizeOrType);
  }

  private split64(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.types.u32(Number(bits & 0xffffffffn)).u32(Number(bits >> 32n));
  }
}
