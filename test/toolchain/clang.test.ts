import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { CompileError, NativeError } from "../../src/errors.ts";
import { readElf, stripDebug } from "../../src/format/elf/index.ts";
import { readObject, specToJson } from "../../src/program/spec/index.ts";
import {
  compile,
  findClang,
  parseDiagnostics,
  parseLineMarker,
  parseTarget,
  type CompileRequest,
} from "../../src/toolchain/clang/index.ts";
import { compileForTests } from "./compile-for-tests.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function source(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function program(name: string, script: string): string {
  const file = source(name, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const good = `
#include <stddef.h>
enum { BPF_MAP_TYPE_ARRAY = 2 };
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, unsigned int); __type(value, unsigned long); } counts SEC(".maps");
int limit = 3;
static __noinline int helper(int x) { return x + limit; }
SEC("raw_tracepoint/sys_enter") int count(void *ctx) { unsigned int k = helper(0) & 0; unsigned long *v = bpf_map_lookup_elem(&counts, &k); if (v) *v += 1; return 0; }
char LICENSE[] SEC("license") = "GPL";
`;

describe("the compiler search", () => {
  test("$TSBPF_CLANG comes first and is the last word", () => {
    const clang = program("my-clang", 'echo "clang version 99.0"; exit 0');
    expect(findClang({ environment: { TSBPF_CLANG: clang, PATH: "" } })).toMatchObject({
      command: [clang],
      version: "clang version 99.0",
    });
    const broken = program("broken-clang", 'echo "no such target" >&2; exit 1');
    expect(() => findClang({ environment: { TSBPF_CLANG: broken, PATH: process.env["PATH"] } })).toThrow(
      /TSBPF_CLANG.*no such target/,
    );
  });

  test("clang-NN on PATH: the newest that can do BPF", () => {
    program("clang-7", 'echo "clang version 7"; exit 0');
    program("clang-12", 'echo "clang version 12"; exit 0');
    program(
      "clang-20",
      'case "$*" in *target=bpf*) echo "unknown target" >&2; exit 1;; esac; echo "clang version 20"',
    );
    expect(findClang({ environment: { PATH: folder } }).version).toBe("clang version 12");
  });

  test("without any there is one error that says what was tried and what to install", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    try {
      const found = findClang({ environment: { PATH: empty }, directory: empty });
      expect(found.origin).toBe("npm package @zigc"); // seen from tsbpf's own folder
    } catch (error) {
      expect(error).toBeInstanceOf(NativeError);
      expect((error as NativeError).solutions.join()).toContain("npm install");
    }
  });
});

describe("compile", () => {
  test("a source becomes an object; stripping it changes nothing that is loaded", async () => {
    const { object } = await compileForTests(source("good.bpf.c", good));
    const stripped = stripDebug(object);
    expect(stripped.length).toBeLessThan(object.length);
    expect(readElf(stripped).sections.filter((section) => section.name.includes("debug"))).toEqual([]);
    expect(specToJson(readObject(stripped))).toEqual(specToJson(readObject(object)));
    expect(stripDebug(stripped)).toEqual(stripped);
  });

  test("a refused source is a CompileError with file, line, column and the compiler's own words", async () => {
    const file = source("bad.bpf.c", "int x = y;\n");
    const error = await compileForTests(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CompileError);
    const { diagnostics, output, message } = error as CompileError;
    expect(diagnostics[0]).toMatchObject({ severity: "error", file, line: 1, column: 9 });
    expect(output).toContain("undeclared identifier");
    expect(message).toContain("bad.bpf.c:1:9: use of undeclared identifier 'y'");
  });
});

test("diagnostics: colours, notes, messages without a place", () => {
  const output =
    "\u001b[1ma.c:3:7: \u001b[0;31merror: \u001b[0munknown type name 'u32'\n  u32 x;\n  ^\na.c:1:1: note: here\nclang: warning: argument unused\n";
  expect(parseDiagnostics(output)).toEqual([
    { severity: "error", message: "unknown type name 'u32'", file: "a.c", line: 3, column: 7 },
    { severity: "note", message: "here", file: "a.c", line: 1, column: 1 },
    { severity: "warning", message: "argument unused", file: undefined, line: undefined, column: undefined },
  ]);
});

test("no folder for temporary files is needed, so none can be full or be left behind", async () => {
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = join(folder, "no-such-folder");
  try {
    const { object, dependencies } = await compileForTests(source("tmp.bpf.c", "int nothing;\n"));
    expect(readElf(object).littleEndian).toBe(true);
    expect(dependencies).toEqual([join(folder, "tmp.bpf.c")]);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
});

test("variables that add folders to a compiler's search do not: the command says all of it", async () => {
  source("from-environment.h", "#define FOUND 1\n");
  const before = process.env["CPATH"];
  process.env["CPATH"] = folder;
  try {
    const file = source("cpath.bpf.c", "#include <from-environment.h>\nint x = FOUND;\n");
    await expect(compileForTests(file)).rejects.toThrow("'from-environment.h' file not found");
  } finally {
    if (before === undefined) delete process.env["CPATH"];
    else process.env["CPATH"] = before;
  }
});

describe("a compiler that does not behave", () => {
  const request = (script: string, signal?: AbortSignal): CompileRequest => ({
    clang: { command: [program("odd-clang", script)], version: "0", origin: "test", stamp: "" },
    settings: {
      target: parseTarget("x86"),
      iquote: [],
      include: [],
      isystem: [],
      idirafter: [],
      define: [],
      mcpu: "v3",
      cflags: [],
      vmlinux: undefined,
      bpfHeaders: undefined,
      systemHeaders: false,
    },
    source: "a.bpf.c",
    directory: folder,
    signal,
  });

  test("killed for want of memory: it says so", async () => {
    await expect(compile(request("kill -9 $$"))).rejects.toMatchObject({
      code: "COMPILE",
      detail: "expected an object from clang, found that SIGKILL had ended it",
      remedy: expect.stringContaining("--jobs 1"),
    });
  });

  test("one that hangs is ended with the signal that ends the build", async () => {
    const stop = new AbortController();
    const compiling = compile(request("sleep 5; exit 1", stop.signal));
    setTimeout(() => stop.abort(), 200);
    await expect(compiling).rejects.toMatchObject({ name: "AbortError" });
  });

  test("one that succeeds without an object", async () => {
    await expect(compile(request("exit 0"))).rejects.toThrow(/expected an object from .*odd-clang, found/);
  });
});

test.each([
  ['# 12 "a.c"', { line: 12, file: "a.c", step: undefined }],
  ['# 1 "./a b.h" 1 3', { line: 1, file: "./a b.h", step: "1" }],
  ['# 3 "gr\\303\\266\\303\\237e/\\"q\\\\.c" 2', { line: 3, file: 'größe/"q\\.c', step: "2" }],
  ["#pragma once", undefined],
])("line marker %s", (line, marker) => {
  expect(parseLineMarker(line)).toEqual(marker);
});
