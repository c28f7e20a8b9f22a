import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { ByteReader } from "../../format/bytes/index.ts";
import { ElfConstant, type ElfSection, type ElfSymbol } from "../../format/elf/index.ts";
import { mapType } from "./map-definition.ts";
import { declaredKernelName } from "./map-names.ts";
import type { PlacedMap } from "./map-places.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";

/** Bytes of `struct bpf_map_def`: type, key_size, value_size, max_entries, map_flags. */
const DEFINITION = 20;
/** The same before map_flags was added (Linux 4.4 samples). */
const SHORTEST = 16;
/** iproute2's has 36; a limit keeps definitions that overlap from being quadratic work. */
const LONGEST = 256;

/**
 * `struct bpf_map_def SEC("maps")`, which libbpf 1.0 gave up and old objects still have. What a larger struct says
 * beyond the five fields is unknown, so it must be zero.
 */
export function readLegacyMaps(file: ObjectFile): PlacedMap[] {
  return sectionsOf(file, "legacy-maps").flatMap((section) => {
    const symbols = file.symbols
      .filter(
        (symbol) =>
          symbol.section === section.index &&
          (symbol.type === ElfConstant.STT_OBJECT || symbol.type === ElfConstant.STT_NOTYPE) &&
          symbol.name !== "",
      )
      .sort((a, b) => Number(a.value - b.value));
    // Assemblers leave st_size out: then the definitions share the section evenly.
    const even = section.size / symbols.length;
    return symbols.map((symbol) =>
      within(`map "${symbol.name}"`, () =>
        readDefinition(file, section, symbol, symbol.size === 0 ? even : symbol.size),
      ),
    );
  });
}

function readDefinition(file: ObjectFile, section: ElfSection, symbol: ElfSymbol, size: number): PlacedMap {
  const start = Number(symbol.value);
  if (!Number.isInteger(size) || size < SHORTEST || size > LONGEST || start + size > section.size) {
    throw new MalformedError(
      `a struct bpf_map_def of ${SHORTEST} to ${LONGEST} bytes inside the ${section.size} of section maps`,
      `${size} bytes at ${start}`,
    );
  }
  if (symbol.binding === ElfConstant.STB_LOCAL) {
    throw new TsbpfError(ErrorCode.UNSUPPORTED, "expected a global variable, found a static one", {
      remedy: "remove `static`",
    });
  }
  const bytes = section.bytes.subarray(start, start + size);
  const unknown = bytes.subarray(DEFINITION).findIndex((byte) => byte !== 0);
  if (unknown >= 0) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected zeros behind the ${DEFINITION} bytes of struct bpf_map_def, found a value at byte ${DEFINITION + unknown}`,
      { remedy: 'declare the map in SEC(".maps")' },
    );
  }
  const reader = new ByteReader(bytes, file.elf.littleEndian);
  return {
    section: section.index,
    start,
    end: start + size,
    spec: {
      name: symbol.name,
      kernelName: declaredKernelName(symbol.name),
      origin: "legacy",
      type: mapType(reader.u32(0)),
      keySize: reader.u32(4),
      valueSize: reader.u32(8),
      maxEntries: reader.u32(12),
      flags: size >= DEFINITION ? reader.u32(16) : 0,
      numaNode: undefined,
      mapExtra: 0n,
      pinning: "none",
      keyType: 0,
      valueType: 0,
      inner: undefined,
      slots: [],
      contents: undefined,
      eventType: 0,
      autocreate: true,
      structOps: undefined,
    },
  };
}
