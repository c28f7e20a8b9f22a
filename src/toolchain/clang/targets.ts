import { argumentError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";

/** A machine that BPF programs are compiled for. */
export interface Target {
  /** Such as `x86`, `s390`, `mips-le`. */
  readonly name: string;
  /** `bpf_tracing.h` asks for `__TARGET_ARCH_…`. */
  readonly define: string;
  readonly littleEndian: boolean;
}

/** `__TARGET_ARCH_…` word → which byte order comes first, and what others call the machine. */
const machines: Readonly<Record<string, readonly [order: "le" | "be", ...aliases: string[]]>> = {
  x86: ["le", "x64", "x86_64", "amd64", "ia32", "i386"],
  arm64: ["le", "aarch64"],
  arm: ["le", "armhf"],
  riscv: ["le", "riscv64"],
  loongarch: ["le", "loong64", "loongarch64"],
  arc: ["le"],
  powerpc: ["le", "ppc64", "ppc64le", "ppc64el"],
  s390: ["be", "s390x"],
  sparc: ["be", "sparc64"],
  mips: ["be", "mips64"],
};

/** The targets by their own names; `-le` or `-be` behind a name chooses the other byte order. */
export const targetNames: readonly string[] = Object.keys(machines);

/**
 * A target by its name or one of its aliases (Node's, Debian's, the kernel's), with `-le` or `-be` for a byte order
 * other than the usual one.
 */
export function parseTarget(text: string): Target {
  const [, word = "", order] = /^(.*?)(?:-(le|be))?$/.exec(text === "mipsel" ? "mips-le" : text) ?? [];
  for (const [define, [usual, ...aliases]] of Object.entries(machines)) {
    if (word !== define && !aliases.includes(word)) continue;
    const chosen = order ?? usual;
    return { name: chosen === usual ? define : `${define}-${chosen}`, define, littleEndian: chosen === "le" };
  }
  throw argumentError(`unknown target "${text}"`, suggest(text, targetNames, 10));
}
