// What a machine says of its probes, functions, processes and libraries.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { nativeHost, openExecutable, requireFunction } from "../../../src/kernel/host/index.ts";
import { findExecutable } from "../../../src/kernel/host/find-executable.ts";
import { parseInterfaces } from "../../../src/kernel/host/interfaces.ts";
import { parseKernelFunctions, parseTraceableFunctions } from "../../../src/kernel/host/kernel-functions.ts";
import { parseLibraryCache } from "../../../src/kernel/host/library-cache.ts";
import { parseMappedCode } from "../../../src/kernel/host/process.ts";
import { fakeHost } from "../../../src/testing/index.ts";
import { binutil, bytesOf, compileProgram, noCompiler, placeFor } from "../../elf-target.ts";

const roots: string[] = [];
afterEach(() => roots.splice(0).forEach((root) => rmSync(root, { recursive: true })));

/** A machine made of files. */
function machine(
  files: Readonly<Record<string, string | Uint8Array>>,
  links: Readonly<Record<string, string>> = {},
) {
  const root = mkdtempSync(join(tmpdir(), "tsbpf-host-"));
  roots.push(root);
  const make = (path: string): string => {
    mkdirSync(dirname(root + path), { recursive: true });
    return root + path;
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(make(path), content);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, make(path));
  return nativeHost({ root });
}

test("the PMUs of probes (RULES 54)", () => {
  const device = "/sys/bus/event_source/devices/uprobe";
  const files = { [`${device}/type`]: "8\n", [`${device}/format/retprobe`]: "config:0\n" };
  expect(machine(files).probeEvents("uprobe")).toEqual({ type: 8, returnBit: 0, refCtrShift: undefined });
  const counter = { [`${device}/format/ref_ctr_offset`]: "config:32-63\n" };
  expect(machine({ ...files, ...counter }).probeEvents("uprobe")?.refCtrShift).toBe(32);
  expect(machine(files).probeEvents("kprobe")).toBe(undefined);
});

test("namespaces and processes", () => {
  const host = machine(
    { "/proc/77/stat": "77 (x) S" },
    {
      "/proc/self/ns/pid": "pid:[4026531836]",
      "/proc/self/ns/mnt": "mnt:[1]",
      "/proc/77/ns/mnt": "mnt:[2]",
      "/proc/78/ns/mnt": "mnt:[1]",
    },
  );
  expect(host.pidNamespace()).toBe(4026531836);
  expect([host.isRunning(77), host.isRunning(78)]).toEqual([true, false]);
  expect([77, 78, 79, 0].map((pid) => host.sharesMounts(pid))).toEqual([false, true, true, true]);
  expect(machine({}).pidNamespace()).toBe(undefined);
});

test("functions of the kernel: names without marks and paddings, each once", () => {
  const text = `0000000000000000 T _stext
ffffffff81000000 t helper.isra.0
ffffffff81000010 t helper.isra.0
ffffffff81000020 d data
ffffffff81000030 W weak
ffffffff81000040 t __pfx_helper
ffffffff81000050 t $x
ffffffffc0000000 t in_module\t[nf_tables]
`;
  expect(parseKernelFunctions(text)).toEqual(["_stext", "helper.isra.0", "weak", "in_module"]);
  expect(machine({ "/proc/kallsyms": text }).kernelFunctions()).toHaveLength(4);
  expect(machine({}).kernelFunctions()).toEqual([]);
});

test("functions that can be traced, with and without addresses (RULES 63)", () => {
  expect(
    parseTraceableFunctions("do_exit\nnft_do [nf_tables]\n__ftrace_invalid_address___12\n", false),
  ).toEqual([
    { name: "do_exit", address: undefined },
    { name: "nft_do", address: undefined },
  ]);
  expect(
    parseTraceableFunctions("ffffffff81000010 do_exit\nffffffffc0000000 nft_do [nf_tables]\n", true),
  ).toEqual([
    { name: "do_exit", address: 0xffffffff81000010n },
    { name: "nft_do", address: 0xffffffffc0000000n },
  ]);
});

test("interfaces", () => {
  const text = `Inter-|   Receive
 face |bytes
    lo:  100 1
eth0.5: 0 0
 wlan0:12 1
`;
  expect(parseInterfaces(text)).toEqual(["lo", "eth0.5", "wlan0"]);
});

test("code that a process has mapped", () => {
  const text = `55d0-55e0 r--p 00000000 08:01 12      /usr/bin/node
55e0-55f0 r-xp 00010000 08:01 12                         /usr/bin/node
7f00-7f10 r-xp 00000000 00:00 0 
7f10-7f20 r-xp 00000000 08:01 13                         /tmp/a file.so (deleted)
7f20-7f30 r-xp 00000000 08:01 13                         /tmp/new\\012line
7ffd-7ffe r-xp 00000000 00:00 0                          [vdso]
`;
  expect(parseMappedCode(text)).toEqual([
    { path: "/usr/bin/node", deleted: false, range: "55e0-55f0" },
    { path: "/tmp/a file.so", deleted: true, range: "7f10-7f20" },
    { path: "/tmp/new\nline", deleted: false, range: "7f20-7f30" },
  ]);
});

describe("ld.so.cache", () => {
  /** As ldconfig writes it; `old`: with the form of libc5's time in front. */
  function cache(
    entries: readonly [name: string, path: string, flags: number, hwcap?: bigint][],
    old = false,
  ): Uint8Array {
    const strings: string[] = entries.flatMap(([name, path]) => [name, path]);
    const table = 48 + entries.length * 24;
    const texts = strings.map((text) => Buffer.from(`${text}\0`));
    const bytes = Buffer.alloc(table + texts.reduce((sum, text) => sum + text.length, 0));
    bytes.write("glibc-ld.so.cache1.1");
    bytes.writeUInt32LE(entries.length, 20);
    let place = table;
    for (const [index, [, , flags, hwcap = 0n]] of entries.entries()) {
      const at = 48 + index * 24;
      bytes.writeUInt32LE(flags, at);
      for (const half of [0, 1]) {
        const text = texts[index * 2 + half] ?? Buffer.alloc(0);
        bytes.writeUInt32LE(place, at + 4 + half * 4);
        text.copy(bytes, place);
        place += text.length;
      }
      bytes.writeBigUInt64LE(hwcap, at + 16);
    }
    if (!old) return bytes;
    const head = Buffer.alloc(32);
    head.write("ld.so-1.7.0");
    head.writeUInt32LE(1, 12);
    return Buffer.concat([head, bytes]);
  }

  const entries: [string, string, number, bigint?][] = [
    ["libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6", 0x303],
    ["libc.so.6", "/lib32/libc.so.6", 0x003],
    ["libssl.so.3", "/usr/lib/x86-64-v3/libssl.so.3", 0x303, 1n << 62n],
    ["libssl.so.3", "/usr/lib/libssl.so.3", 0x303],
  ];
  test("the libraries of an architecture, not those for certain CPUs", () => {
    for (const old of [false, true]) {
      expect(parseLibraryCache(cache(entries, old), "x64")).toEqual([
        { name: "libc.so.6", path: "/lib/x86_64-linux-gnu/libc.so.6" },
        { name: "libssl.so.3", path: "/usr/lib/libssl.so.3" },
      ]);
    }
    expect(parseLibraryCache(cache(entries), "arm64")).toEqual([]);
    expect(parseLibraryCache(new Uint8Array(0), "x64")).toEqual([]);
    expect(parseLibraryCache(new Uint8Array(100), "x64")).toEqual([]);
    expect(machine({ "/etc/ld.so.cache": cache(entries) }).cachedLibraries("")).toHaveLength(2);
  });
});

describe("the file that a name means", () => {
  const files = Object.fromEntries(
    [
      "/usr/bin/bash",
      "/opt/lib/libx.so",
      "/lib/libc.so.6",
      "/lib/libssl.so.3",
      "/lib/libssl.so.1.1",
      "/app/a.apk",
    ].map((path) => [path, new Uint8Array(1)]),
  );
  const host = fakeHost({
    files: {
      ...files,
      "/proc/9/root/lib/libc.so.6": new Uint8Array(1),
      "/proc/9/root/usr/bin/bash": new Uint8Array(1),
    },
    libraries: {
      "libc.so.6": "/lib/libc.so.6",
      "libssl.so.3": "/lib/libssl.so.3",
      "libssl.so.1.1": "/lib/libssl.so.1.1",
    },
    environment: { PATH: "relative:/usr/local/bin:/usr/bin", LD_LIBRARY_PATH: "/opt/lib" },
    otherMounts: [9],
    mapped: {
      0: [{ path: "/usr/bin/node", deleted: false, range: "1-2" }],
      7: [
        { path: "/lib/libcrypto.so.3", deleted: false, range: "1-2" },
        { path: "/srv/app", deleted: true, range: "a-b" },
      ],
      9: [{ path: "/lib/libc.so.6", deleted: false, range: "1-2" }],
    },
  });
  test.each([
    ["/usr/bin/bash", undefined, "/usr/bin/bash"],
    ["./x", undefined, "./x"],
    ["bash", undefined, "/usr/bin/bash"],
    ["libc", undefined, "/lib/libc.so.6"],
    ["libc.so", undefined, "/lib/libc.so.6"],
    ["libc.so.6", undefined, "/lib/libc.so.6"],
    ["libx", undefined, "/opt/lib/libx.so"],
    ["libx.so", undefined, "/opt/lib/libx.so"],
    ["libssl.so.3", undefined, "/lib/libssl.so.3"],
    ["libcrypto", 7, "/lib/libcrypto.so.3"],
    ["node", 0, "/usr/bin/node"],
    ["/srv/app", 7, "/proc/7/map_files/a-b"],
    ["app", 7, "/proc/7/map_files/a-b"],
    ["libc", 9, "/proc/9/root/lib/libc.so.6"],
    ["/usr/bin/bash", 9, "/proc/9/root/usr/bin/bash"],
    ["/only/here", 9, "/only/here"],
    ["/proc/9/exe", 9, "/proc/9/exe"],
    ["bash", -1, "/usr/bin/bash"],
  ])("%s with pid %s", (name, pid, path) => expect(findExecutable(host, name, pid).path).toBe(path));

  test("a member of an archive", () => {
    expect(findExecutable(host, "/app/a.apk!/lib/x86_64/libx.so", undefined)).toEqual({
      path: "/app/a.apk",
      member: "lib/x86_64/libx.so",
    });
  });

  test.each([
    ["libssl", /expected one library libssl, found libssl\.so\.3, libssl\.so\.1\.1 \(say which\)/],
    ["bahs", /bahs: expected a program on PATH or a library, found none called so \(give its path\)/],
    [
      "libssl.so.4",
      /libssl\.so\.4: expected a library, found none called so \(did you mean "libssl\.so\.3"\?\)/,
    ],
  ])("%s is refused", (name, message) =>
    expect(() => findExecutable(host, name, undefined)).toThrow(message),
  );
});

describe.skipIf(noCompiler)("symbols that were stripped off", () => {
  const whole = noCompiler ? "" : compileProgram("debug-whole", "-Wl,--build-id=0xaabbccdd");
  const debug = placeFor("debug-whole.debug");
  const stripped = placeFor("debug-stripped");
  if (!noCompiler) {
    binutil("objcopy", "--only-keep-debug", whole, debug);
    binutil("objcopy", "--strip-all", `--add-gnu-debuglink=${debug}`, whole, stripped);
  }
  const offsetIn = (files: Readonly<Record<string, Uint8Array>>): number => {
    const host = machine(files);
    const file = openExecutable(host, "/bin/target");
    try {
      return requireFunction(host, file, "probed_hidden").offset;
    } finally {
      file.close();
    }
  };
  const target = { "/bin/target": noCompiler ? new Uint8Array(0) : bytesOf(stripped) };

  test("are found by the build's id, and by the link with its CRC, at the same place", () => {
    const expected = offsetIn({ "/bin/target": bytesOf(whole) });
    const symbols = bytesOf(debug);
    for (const place of [
      "/usr/lib/debug/.build-id/aa/bbccdd.debug",
      "/bin/debug-whole.debug",
      "/bin/.debug/debug-whole.debug",
      "/usr/lib/debug/bin/debug-whole.debug",
    ]) {
      expect(offsetIn({ ...target, [place]: symbols }), place).toBe(expected);
    }
  });

  test("of another build are passed over", () => {
    const other = bytesOf(debug);
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    const wrong = /expected a function probed_hidden in the file, found none \(it was stripped/;
    expect(() => offsetIn({ ...target, "/bin/debug-whole.debug": other })).toThrow(wrong);
    expect(() =>
      offsetIn({
        ...target,
        "/usr/lib/debug/.build-id/aa/bbccdd.debug": bytesOf(process.execPath).subarray(0, 4096),
      }),
    ).toThrow(wrong);
    expect(() => offsetIn(target)).toThrow(wrong);
  });
});
