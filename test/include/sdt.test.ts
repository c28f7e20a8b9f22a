// Our <sys/sdt.h>: every compiler takes it, readelf reads its notes as we do, and they say what systemtap's say.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { arraySource } from "../../src/format/bytes/index.ts";
import { Executable } from "../../src/format/elf/index.ts";
import { readUsdtProbes, usdtArguments, type UsdtNote } from "../../src/format/usdt/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsbpf-sdt-"));
afterAll(() => rmSync(folder, { recursive: true }));

const zig = createRequire(import.meta.url).resolve(`@zigc/${process.platform}-${process.arch}/bin/zig`);
const source = join(root, "test/include/points.c");
const ours = join(root, "include");

type Command = readonly [program: string, ...words: string[]];

function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let count = 0;
function compile([program, ...words]: Command, headers: string): string {
  const output = join(folder, `points-${count++}`);
  execFileSync(program, [...words, "-w", "-I", headers, "-o", output, source], { stdio: "pipe" });
  return output;
}

interface Point extends Pick<UsdtNote, "provider" | "name"> {
  /** `-4 4f`: sizes as they are written. */
  readonly sizes: string;
  readonly hasSemaphore: boolean;
}

function read(path: string): { elf: Executable; notes: UsdtNote[] } {
  const elf = new Executable(arraySource(readFileSync(path)));
  return { elf, notes: readUsdtProbes(elf) };
}

function pointsOf(path: string): Point[] {
  return read(path).notes.map((note) => ({
    provider: note.provider,
    name: note.name,
    sizes: note.arguments
      .split(" ")
      .flatMap((text) => /^(-?\d+f?)@/.exec(text)?.[1] ?? [])
      .join(" "),
    hasSemaphore: note.semaphore !== 0n,
  }));
}

/** The same of what GNU readelf prints. */
function readelf(path: string): (Point & { readonly arguments: string })[] {
  const text = execFileSync("readelf", ["-n", path], { encoding: "utf8" });
  return [
    ...text.matchAll(
      /Provider: (.*)\n +Name: (.*)\n +Location: .*Semaphore: (0x[\da-f]+)\n +Arguments: ?(.*)/g,
    ),
  ].map(([, provider = "", name = "", semaphore = "", list = ""]) => ({
    provider,
    name,
    sizes: [...list.matchAll(/(?:^| )(-?\d+f?)@/g)].map(([, size]) => size).join(" "),
    hasSemaphore: BigInt(semaphore) !== 0n,
    arguments: list,
  }));
}

/** Sizes as the types of points.c have them on a machine of 64 bits. */
const sizes: Readonly<Record<string, string>> = {
  p0: "",
  p1: "-4",
  p2: "-4 -8",
  p3: "-4 -8 -4",
  p4: "-4 -8 -4 4",
  p5: "-4 -8 -4 4 -8",
  p12: "-4 -8 -4 4 -8 -4 -4 -4 -4 -4 -4 -4",
  integers: "1 2 -2 -4 -1 8",
  others: "8 8 4f 8f 4 8",
  globals: "-4 8",
  variadic: "-4 -8 -4",
  variadic0: "",
};

const hosts: [string, Command][] = [
  ["cc -O2", ["cc", "-O2"]],
  ["cc -O0", ["cc", "-O0"]],
  ["cc -std=gnu99", ["cc", "-O1", "-std=gnu99"]],
  ["c++", ["c++", "-O2", "-xc++"]],
  ["clang-14", ["clang-14", "-O2"]],
  ["zig", [zig, "cc", "-O2"]],
  ["zig c++", [zig, "c++", "-O2", "-xc++"]],
];
const targets = ["x86_64", "aarch64", "s390x", "riscv64", "arm"] as const;

describe("notes of our header", () => {
  test.each(hosts)("%s", { timeout: 60_000 }, (_, command) => {
    if (!has(command[0])) return console.log(`skipped: there is no ${command[0]}`);
    const path = compile(command, ours);
    const points = pointsOf(path);
    for (const [name, expected] of Object.entries(sizes)) {
      const own = points.filter((point) => point.name === name);
      expect(
        own.map((point) => point.sizes),
        name,
      ).toEqual([expected]);
      expect(own[0]?.hasSemaphore).toBe(true);
    }
    expect(points.filter(({ name }) => name === "twice").map((point) => point.sizes)).toEqual(["-4", "-8"]);
    if (has("readelf")) {
      expect(readelf(path).map(({ arguments: _list, ...point }) => point)).toEqual(points);
    }
  });

  test.each(targets)("%s: every argument is understood", { timeout: 120_000 }, (target) => {
    const environment = target === "arm" ? "gnueabihf" : "gnu";
    for (const level of ["-O0", "-O2"]) {
      const words: Command = [zig, "cc", "-target", `${target}-linux-${environment}`, level, "-c"];
      const { elf, notes } = read(compile(words, ours));
      expect(notes).toHaveLength(20);
      const unreadable = notes.flatMap((note) =>
        usdtArguments(elf, note).filter(({ place }) => place.kind === "unreadable"),
      );
      expect(unreadable).toEqual([]);
    }
  });
});

/** Where systemtap-sdt-dev puts it, or TSBPF_SYSTEMTAP_SDT=FOLDER that holds sys/sdt.h. */
const theirs = [process.env["TSBPF_SYSTEMTAP_SDT"], "/usr/include", "/usr/include/x86_64-linux-gnu"].find(
  (path) => path !== undefined && existsSync(join(path, "sys/sdt.h")),
);

describe.skipIf(theirs === undefined)("systemtap's header (skipped without it: systemtap-sdt-dev)", () => {
  test.each(hosts.filter(([name]) => !name.startsWith("zig")))("%s writes the same points", (_, command) => {
    if (!has(command[0]) || theirs === undefined) return console.log(`skipped: there is no ${command[0]}`);
    // Which register holds an argument is the compiler's choice in each compilation: types and order are the header's.
    expect(pointsOf(compile(command, ours))).toEqual(pointsOf(compile(command, theirs)));
  });
});
