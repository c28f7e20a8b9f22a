import { MalformedError } from "../../errors.ts";
import { ByteReader } from "./reader.ts";

/** Decoded text may be this many times as long as its table: tail sharing is real, but small. */
const SHARING = 16;
const FLOOR = 1 << 16;

/**
 * The NUL-terminated strings of an ELF `SHT_STRTAB` or of a BTF string section, by byte offset. A hostile file
 * lets every one of its symbols name a different tail of one long string, which is quadratic work and memory; so
 * equal offsets are decoded once and the total is bounded, and what exceeds it is a MALFORMED error.
 */
export class StringTable {
  private readonly reader: ByteReader;
  private readonly known = new Map<number, string>();
  private left: number;

  constructor(bytes: Uint8Array) {
    this.reader = new ByteReader(bytes);
    this.left = bytes.length * SHARING + FLOOR;
  }

  /** The string at a byte offset of the table. An empty table has the empty name at 0 (elf(5)). */
  at(offset: number): string {
    if (offset === 0 && this.reader.length === 0) return "";
    const known = this.known.get(offset);
    if (known !== undefined) return known;
    const text = this.reader.cString(offset);
    this.left -= text.length;
    if (this.left < 0) {
      throw new MalformedError(
        `names of at most ${SHARING} times their string table`,
        "more, through shared tails",
        offset,
      );
    }
    this.known.set(offset, text);
    return text;
  }
}
