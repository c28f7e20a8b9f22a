import { MalformedError, within } from "../../errors.ts";
import { ByteReader } from "../bytes/index.ts";
import { sectionPlace } from "./read-elf.ts";
import { entryCount } from "./symbols.ts";
import { ElfConstant, type Elf, type ElfRelocation, type ElfSection } from "./types.ts";

/** Bytes of `Elf64_Rel` and `Elf64_Rela`. */
const REL = 16;
const RELA = 24;

/** Reads a `SHT_REL` or `SHT_RELA` section in file order; symbol indexes are not checked. */
export function readRelocations(elf: Elf, section: ElfSection): ElfRelocation[] {
  return within(sectionPlace(section), () => {
    const withAddend = section.type === ElfConstant.SHT_RELA;
    if (!withAddend && section.type !== ElfConstant.SHT_REL) {
      throw new MalformedError("a SHT_REL or SHT_RELA section", `sh_type ${section.type}`);
    }
    const size = withAddend ? RELA : REL;
    const count = entryCount(section, size);
    const reader = new ByteReader(section.bytes, elf.littleEndian);
    return Array.from({ length: count }, (_, index) => {
      const at = index * size;
      // r_info is symbol << 32 | type, as one 64-bit word in the file's byte order.
      const info = reader.u64(at + 8);
      return {
        offset: reader.size(at),
        symbol: Number(info >> 32n),
        type: Number(info & 0xffffffffn),
        addend: withAddend ? BigInt.asIntN(64, reader.u64(at + 16)) : 0n,
      };
    });
  });
}
