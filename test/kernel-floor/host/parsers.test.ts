import { describe, expect, test } from "vitest";
import { parseCpuList } from "../../../src/kernel/host/cpu-list.ts";
import { parseKernelConfig } from "../../../src/kernel/host/kernel-config.ts";
import { findKernelSymbols } from "../../../src/kernel/host/kernel-symbols.ts";
import { encodeKernelVersion, parseKernelVersion } from "../../../src/kernel/host/kernel-version.ts";
import {
  parseCapabilities,
  parseInitialUserNamespace,
  parseMemlock,
} from "../../../src/kernel/host/privileges.ts";

describe("CPU lists (RULES 76)", () => {
  test.each([
    ["0", [0]],
    ["0-3\n", [0, 1, 2, 3]],
    ["0,2-3", [0, 2, 3]],
    ["0-1,4,8-9", [0, 1, 4, 8, 9]],
    ["", []],
  ])("%j", (text, cpus) => expect(parseCpuList(text)).toEqual(cpus));
  test.each(["0-", "a", "3-1", "0,0", "1,0", "0 1", "-1", "99999999"])("%j is refused", (text) =>
    expect(() => parseCpuList(text)).toThrow(/expected a CPU list such as 0-3,7/),
  );
});

test("kernel configuration: values as written, comments are nothing (RULES 25)", () => {
  const text =
    '# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C="two words"\nCONFIG_D=0x10\n\nCONFIG_E=m\nOTHER=1\n';
  expect([...parseKernelConfig(text)]).toEqual([
    ["CONFIG_B", "y"],
    ["CONFIG_C", '"two words"'],
    ["CONFIG_D", "0x10"],
    ["CONFIG_E", "m"],
  ]);
});

describe("kernel symbols (RULES 27)", () => {
  const text = [
    "ffffffff81000000 T _stext",
    "ffffffff81000010 t twice",
    "ffffffff81000020 t twice",
    "ffffffff81000030 t twice_more",
    "ffffffff81000040 d renamed.llvm.1234",
    "ffffffff81000050 t function.llvm.1234",
    "0000000000000000 T hidden",
    "ffffffffc0000000 t in_module\t[ext4]",
    "ffffffff81000060 D last",
  ].join("\n");
  const bytes = new TextEncoder().encode(text);
  const pieces = (size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );

  test.each([1 << 20, 64, 7, 1])("in pieces of %i bytes", (size) => {
    const names = ["_stext", "twice", "renamed", "function", "hidden", "in_module", "last", "stext", "none"];
    expect(findKernelSymbols(pieces(size), names)).toEqual(
      new Map([
        ["_stext", [0xffffffff81000000n]],
        ["twice", [0xffffffff81000010n, 0xffffffff81000020n]],
        ["renamed", [0xffffffff81000040n]],
        ["hidden", [0n]],
        ["in_module", [0xffffffffc0000000n]],
        ["last", [0xffffffff81000060n]],
      ]),
    );
  });
});

describe("kernel version (RULES 26)", () => {
  test.each([
    ["6.18.44-fc", "#1 SMP", undefined, [6, 18, 44]],
    ["5.4.0-42-generic", "#46-Ubuntu SMP", "Ubuntu 5.4.0-42.46-generic 5.4.44\n", [5, 4, 44]],
    ["4.19.0-8-amd64", "#1 SMP Debian 4.19.98-1 (2020-01-26)", undefined, [4, 19, 98]],
    ["4.4.302", "#1", undefined, [4, 4, 255]],
    ["6.1", "#1", undefined, [6, 1, 0]],
  ] as const)("%s", (release, version, signature, [major, minor, patch]) =>
    expect(parseKernelVersion({ release, version, signature })).toBe(
      encodeKernelVersion(major, minor, patch),
    ),
  );
  test("nothing that is a version is 0", () =>
    expect(parseKernelVersion({ release: "next", version: "", signature: "" })).toBe(0));
});

test("capabilities by bit", () => {
  expect([...parseCapabilities("0000000000000000")]).toEqual([]);
  expect([...parseCapabilities("000000c000000000")]).toEqual(["CAP_PERFMON", "CAP_BPF"]);
  expect(parseCapabilities("000001ffffffffff").size).toBe(41);
});

test("limits and namespaces", () => {
  const limits =
    "Limit   Soft Limit  Hard Limit  Units\nMax locked memory         8388608              unlimited            bytes\n";
  expect(parseMemlock(limits)).toBe(8388608);
  expect(parseMemlock("Max locked memory         unlimited            unlimited            bytes")).toBe(
    Infinity,
  );
  expect(parseMemlock("")).toBe(undefined);
  expect(parseInitialUserNamespace("         0          0 4294967295\n")).toBe(true);
  expect(parseInitialUserNamespace("         0       1000          1\n")).toBe(false);
  expect(parseInitialUserNamespace(undefined)).toBe(undefined);
});
