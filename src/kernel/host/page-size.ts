import { ByteReader } from "../../format/bytes/index.ts";
import { hostIsLittleEndian } from "../../format/abi/index.ts";
import type { MachineFiles } from "./machine-files.ts";

/** Type of the auxiliary vector's entry with the page size (linux/auxvec.h). */
const AT_PAGESZ = 6n;

/** Bytes of a page, from the vector that the kernel gave this process at its start (64-bit pairs type, value). */
export function readPageSize(files: MachineFiles): number {
  const vector = files.bytes("/proc/self/auxv");
  if (vector !== undefined) {
    const reader = new ByteReader(vector, hostIsLittleEndian);
    for (let at = 0; at + 16 <= reader.length; at += 16) {
      if (reader.u64(at) === AT_PAGESZ) return Number(reader.u64(at + 8));
    }
  }
  // x86-64 has no other; arm64 kernels with 16 or 64 KiB pages all have /proc/self/auxv.
  return 4096;
}
