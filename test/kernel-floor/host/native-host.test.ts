import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release as osRelease, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { encodeBtf } from "../../../src/format/btf/index.ts";
import { nativeHost } from "../../../src/kernel/host/index.ts";

const roots: string[] = [];
afterEach(() => roots.splice(0).forEach((root) => rmSync(root, { recursive: true })));

/** A machine made of files. */
function machine(files: Readonly<Record<string, string | Uint8Array>>) {
  const root = mkdtempSync(join(tmpdir(), "tsbpf-host-"));
  roots.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, content);
  }
  return nativeHost({ root });
}

const int = { kind: "int", name: "int", size: 4, bits: 32, offset: 0, encoding: "signed" } as const;

test("an empty machine has nothing, and says so without an error", () => {
  const host = machine({});
  expect(host.kernelBtf()).toBe(undefined);
  expect(host.kernelConfig()).toBe(undefined);
  expect(host.kernelSymbols(["x"]).size).toBe(0);
  expect(host.possibleCpus()).toEqual([0]);
  expect(host.tracefs()).toBe(undefined);
  expect(host.tracepointId("syscalls", "sys_enter_execve")).toBe(undefined);
  expect(host.tracepoints()).toEqual([]);
  expect(host.fileSystemType("/sys/fs/bpf")).toBe(undefined);
  expect(host.pageSize).toBe(4096);
  expect(host.privileges()).toEqual({
    capabilities: new Set(),
    unprivilegedBpfDisabled: undefined,
    perfEventParanoid: undefined,
    lockdown: undefined,
    memlock: undefined,
    seccomp: undefined,
    initialUserNamespace: undefined,
  });
});

test("types are found in the places of RULES 45, in their order, and read once", () => {
  const bytes = encodeBtf([int]);
  const host = machine({
    [`/boot/vmlinux-${osRelease()}`]: bytes,
    "/sys/kernel/btf/vmlinux": encodeBtf([int, int]),
  });
  expect(host.kernelBtf()?.endId).toBe(3);
  expect(host.kernelBtf()).toBe(host.kernelBtf());
  expect(machine({ [`/usr/lib/debug/boot/vmlinux-${osRelease()}.debug`]: bytes }).kernelBtf()?.endId).toBe(2);
});

test("damaged types name their file", () => {
  const host = machine({ "/sys/kernel/btf/vmlinux": Uint8Array.of(1, 2, 3, 4) });
  expect(() => host.kernelBtf()).toThrow(/^\/sys\/kernel\/btf\/vmlinux: /);
});

test("configuration: the file of the release goes before the kernel's own (RULES 25)", () => {
  const packed = gzipSync("CONFIG_BPF=y\n");
  expect(machine({ "/proc/config.gz": packed }).kernelConfig()?.get("CONFIG_BPF")).toBe("y");
  const both = machine({ "/proc/config.gz": packed, [`/boot/config-${osRelease()}`]: "CONFIG_BPF=n\n" });
  expect(both.kernelConfig()?.get("CONFIG_BPF")).toBe("n");
  expect(() => machine({ "/proc/config.gz": "plain" }).kernelConfig()).toThrow(
    /^\/proc\/config\.gz: expected gzip/,
  );
});

test("page size and privileges are this process's", () => {
  const auxv = new Uint8Array(BigUint64Array.of(3n, 64n, 6n, 65536n, 0n, 0n).buffer);
  const host = machine({
    "/proc/self/auxv": auxv,
    "/proc/self/status": "Name:\tnode\nCapEff:\t0000008000000000\nSeccomp:\t2\nSeccomp_filters:\t1\n",
    "/proc/self/uid_map": "0 100000 65536\n",
    "/proc/self/limits": "Max locked memory 65536 65536 bytes\n",
    "/proc/sys/kernel/unprivileged_bpf_disabled": "2\n",
    "/proc/sys/kernel/perf_event_paranoid": "-1\n",
    "/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
    "/sys/devices/system/cpu/possible": "0,2-3\n",
    "/sys/devices/system/cpu/online": "0,2\n",
  });
  expect(host.pageSize).toBe(65536);
  expect(host.possibleCpus()).toEqual([0, 2, 3]);
  expect(host.onlineCpus()).toEqual([0, 2]);
  expect(host.privileges()).toEqual({
    capabilities: new Set(["CAP_BPF"]),
    unprivilegedBpfDisabled: 2,
    perfEventParanoid: -1,
    lockdown: "integrity",
    memlock: 65536,
    seccomp: 2,
    initialUserNamespace: false,
  });
});
