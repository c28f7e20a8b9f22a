import { argumentError, ErrorCode, MalformedError, TsbpfError } from "../../errors.ts";
import { ByteReader, decodeUtf8, partOf, type ByteSource } from "../bytes/index.ts";
import { suggest } from "../../suggestion.ts";

// APPNOTE.TXT of PKWARE: signatures and fixed lengths of the records.
const END = 0x06054b50;
const END_LENGTH = 22;
const DIRECTORY = 0x02014b50;
const DIRECTORY_LENGTH = 46;
const LOCAL = 0x04034b50;
const LOCAL_LENGTH = 30;
const STORED = 0;
/** Fields with this value stand in a ZIP64 record. */
const ZIP64 = 0xffffffff;

/** A member of an archive that lies in it as it is. */
export interface StoredEntry {
  /** Where its content begins in the archive. */
  readonly offset: number;
  readonly source: ByteSource;
}

/**
 * A member of a ZIP archive, such as a library in an APK, which is mapped from there without being unpacked. ARGUMENT: no
 * such member. UNSUPPORTED: it is compressed, so that nothing can map it, or the archive is a ZIP64 one.
 */
export function findStoredEntry(archive: ByteSource, name: string): StoredEntry {
  const end = endRecord(archive);
  const count = end.u16(10);
  const size = end.u32(12);
  const start = end.u32(16);
  if (start === ZIP64 || size === ZIP64) {
    throw new TsbpfError(ErrorCode.UNSUPPORTED, "expected a ZIP archive below 4 GiB, found a ZIP64 one");
  }
  const directory = new ByteReader(archive.read(start, size));
  const names: string[] = [];
  for (let at = 0, index = 0; index < count; index++) {
    if (directory.u32(at) !== DIRECTORY) {
      throw new MalformedError(
        "a record of the archive's directory",
        directory.u32(at).toString(16),
        start + at,
      );
    }
    const nameLength = directory.u16(at + 28);
    const found = decodeUtf8(directory.slice(at + DIRECTORY_LENGTH, nameLength));
    if (found === name) return storedEntry(archive, directory, at);
    names.push(found);
    at += DIRECTORY_LENGTH + nameLength + directory.u16(at + 30) + directory.u16(at + 32);
  }
  throw argumentError(`expected "${name}" in the archive, found no such member`, suggest(name, names));
}

function storedEntry(archive: ByteSource, directory: ByteReader, at: number): StoredEntry {
  if (directory.u16(at + 10) !== STORED) {
    throw new TsbpfError(ErrorCode.UNSUPPORTED, "expected a member that is stored, found a compressed one", {
      remedy: "compressed code is never mapped: probe the file that it is unpacked to",
    });
  }
  const local = directory.u32(at + 42);
  const header = new ByteReader(archive.read(local, LOCAL_LENGTH));
  if (header.u32(0) !== LOCAL) {
    throw new MalformedError("a member's header", header.u32(0).toString(16), local);
  }
  // The lengths of the header itself: its extra field differs from the directory's.
  const offset = local + LOCAL_LENGTH + header.u16(26) + header.u16(28);
  return { offset, source: partOf(archive, offset, directory.u32(at + 20)) };
}

/** The record at the end, behind which a comment of up to 64 KiB may stand. */
function endRecord(archive: ByteSource): ByteReader {
  const length = Math.min(archive.size, END_LENGTH + 0xffff);
  const tail = new ByteReader(archive.read(archive.size - length, length));
  for (let at = length - END_LENGTH; at >= 0; at--) {
    if (tail.u32(at) === END && at + END_LENGTH + tail.u16(at + 20) === length) {
      return new ByteReader(tail.slice(at, END_LENGTH));
    }
  }
  throw new MalformedError("a ZIP archive", "no end of its directory");
}
