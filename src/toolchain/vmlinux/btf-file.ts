import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { SyscallError, TsbpfError, argumentError, within } from "../../errors.ts";
import { readBtf, type Btf } from "../../format/btf/index.ts";
import { ByteReader } from "../../format/bytes/index.ts";

const ELF_HEADER = 64;
const SECTION_HEADER = 64;
/** A name and its NUL: nothing longer is looked for. */
const BTF_NAME = ".BTF";

/** First bytes of what people have in hand instead, and how to get at what is inside. */
const PACKED: readonly (readonly [magic: readonly number[], what: string, remedy: string])[] = [
  [[0xfd, 0x37, 0x7a, 0x58], "an xz file", "unpack it first: xz -dk FILE"],
  [[0x28, 0xb5, 0x2f, 0xfd], "a zstd file", "unpack it first: zstd -dk FILE"],
  [[0x1f, 0x8b], "a gzip file", "unpack it first: gzip -dk FILE"],
  [[0x04, 0x22, 0x4d, 0x18], "an lz4 file", "unpack it first: lz4 -dk FILE"],
  [
    [0x4d, 0x5a],
    "a compressed kernel image",
    "take the vmlinux of the kernel's debug package or of its build",
  ],
  [[0x23], "a text", "name a BTF file such as /sys/kernel/btf/vmlinux, or an object compiled with -g"],
];

/**
 * The types in a file that is raw BTF or an ELF file (kernel, module, object) with a `.BTF` section, of which nothing else
 * is read: a vmlinux with debug information has hundreds of MB. `base`: what split BTF (of a module) continues.
 */
export function readBtfFile(path: string, base?: Btf): Btf {
  return within(path, () => {
    const bytes = readBtfBytes(path);
    try {
      return readBtf(bytes, { base });
    } catch (error) {
      if (!(error instanceof TsbpfError) || base !== undefined || bytes[0] !== 0x9f) throw error;
      const remedy = "if this is the BTF of a kernel module, name the BTF of its kernel: --base FILE";
      throw new TsbpfError(error.code, error.detail, { trail: error.trail, remedy, cause: error });
    }
  });
}

/** The bytes of the BTF in a file. */
export function readBtfBytes(path: string): Uint8Array {
  const fd = open(path);
  try {
    const head = read(fd, 0, ELF_HEADER);
    if (head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46) {
      return (
        elfSection(fd, head) ??
        refuse("an ELF file with types in a .BTF section", "one without", "compile with -g")
      );
    }
    const isBtf = (head[0] === 0x9f && head[1] === 0xeb) || (head[0] === 0xeb && head[1] === 0x9f);
    if (isBtf) return new Uint8Array(readFileSync(fd));
    const [, what, remedy] = PACKED.find(([magic]) => magic.every((byte, at) => head[at] === byte)) ?? [];
    const found = what ?? (head.length === 0 ? "an empty file" : `bytes ${hex(head)}`);
    return refuse("raw BTF or an ELF file", found, remedy?.replace("FILE", path));
  } finally {
    closeSync(fd);
  }
}

function refuse(expected: string, found: string, remedy: string | undefined): never {
  throw argumentError(`expected ${expected}, found ${found}`, remedy);
}

function hex(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function open(path: string): number {
  try {
    const fd = openSync(path, "r");
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch (cause) {
    const { errno = 0, code = "" } = cause as NodeJS.ErrnoException; // what node:fs throws
    if (code === "ENOENT") refuse("a file", "nothing there", undefined);
    throw new SyscallError("open", Math.abs(errno), code, { cause });
  }
  return refuse("a file with BTF", "a directory or device", undefined);
}

/** As many of `length` bytes as the file has from `offset` on. */
function read(fd: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let count = -1; count !== 0 && at < length; at += count) {
    count = readSync(fd, bytes, at, length - at, offset + at);
  }
  return bytes.subarray(0, at);
}

/** The `.BTF` section by elf(5), ELF64; more than 65,279 sections are counted in the first one. */
function elfSection(fd: number, head: Uint8Array): Uint8Array | undefined {
  if (head[4] !== 2) refuse("a 64-bit ELF file", "another", undefined);
  const header = new ByteReader(head, head[5] !== 2);
  const size = fstatSync(fd).size;
  const piece = (offset: number, length: number): ByteReader => {
    if (offset + length > size)
      refuse(`an ELF file of ${offset + length} bytes or more`, `${size} bytes`, undefined);
    return new ByteReader(read(fd, offset, length), header.littleEndian);
  };
  const tableOffset = header.size(0x28);
  if (tableOffset === 0) return undefined;
  const first = piece(tableOffset, SECTION_HEADER);
  const count = header.u16(0x3c) || first.size(0x20);
  const names = header.u16(0x3e) === 0xffff ? first.u32(0x28) : header.u16(0x3e);
  const table = piece(tableOffset, count * SECTION_HEADER);
  const place = (index: number): readonly [offset: number, length: number] => [
    table.size(index * SECTION_HEADER + 0x18),
    table.size(index * SECTION_HEADER + 0x20),
  ];
  const texts = piece(...place(names));
  for (let index = 1; index < count; index++) {
    const name = table.u32(index * SECTION_HEADER);
    if (texts.length - name <= BTF_NAME.length) continue;
    if (texts.cString(name) === BTF_NAME) return piece(...place(index)).bytes;
  }
  return undefined;
}
