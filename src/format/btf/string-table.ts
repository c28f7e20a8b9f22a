import { MalformedError } from "../../errors.ts";
import { decodeUtf8 } from "../bytes/index.ts";

/**
 * One string for every so many bytes is decoded by itself; who asks for more is printing or searching everything. The
 * whole text of the kernel's 2.4 MB takes as long as 20,000 names: a load that needs 3,000 must not pay for it.
 */
const BYTES_PER_READ = 128;
/** Arguments of one call live on the stack. */
const CHUNK = 4096;

/** The texts of a string section, decoded when asked for. */
export class StringTable {
  readonly bytes: Uint8Array;
  private readonly singleReads: number;
  private reads = 0;
  /** The whole section as one text: an engine cuts a piece out of it four times as fast as it makes a new one. */
  private text: string | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.singleReads = Math.ceil(bytes.length / BYTES_PER_READ);
  }

  /** The text that starts at `offset` and ends at the next NUL. MALFORMED outside the section. */
  at(offset: number): string {
    if (!(offset >= 0 && offset < this.bytes.length)) {
      throw new MalformedError(`a name offset below ${this.bytes.length}`, String(offset));
    }
    if (this.text !== undefined) return this.text.slice(offset, this.text.indexOf("\0", offset));
    if (++this.reads === this.singleReads) this.text = asciiText(this.bytes);
    // The section ends in NUL, the header's check has seen to it.
    return decodeUtf8(this.bytes.subarray(offset, this.bytes.indexOf(0, offset)));
  }
}

/** All bytes as text if they are ASCII, as C identifiers are: then byte offsets are text offsets. */
function asciiText(bytes: Uint8Array): string | undefined {
  const chunks: string[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const chunk = bytes.subarray(start, start + CHUNK);
    // `apply` takes any array-like, which its type does not say; a spread would make an array first.
    const text = String.fromCharCode.apply(null, chunk as unknown as number[]);
    if (BEYOND_ASCII.test(text)) return undefined;
    chunks.push(text);
  }
  return chunks.join("");
}

const BEYOND_ASCII = /[\u0080-\u00ff]/u;
