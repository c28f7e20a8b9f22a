import { describe, expect, test } from "vitest";
import { NativeError, type TsbpfError } from "../../src/errors.ts";
import { bpfCmd } from "../../src/format/abi/index.ts";
import { encodeBtf, readBtf, type BtfType } from "../../src/format/btf/index.ts";
import type { Kernel } from "../../src/kernel/sys/index.ts";
import { fakeHost, fakeKernel, type FakeHostOptions } from "../../src/testing/index.ts";
import { headersFolder } from "../../src/toolchain/clang/index.ts";
import { examine, fixesOf, type Examined, type Machine } from "../../src/toolchain/doctor/index.ts";
import { runtimeOf } from "../../src/toolchain/doctor/machine.ts";

const types: readonly BtfType[] = [
  { kind: "int", name: "int", size: 4, bits: 32, offset: 0, encoding: "signed" },
  { kind: "func_proto", name: "", returnType: 0, parameters: [] },
  { kind: "func", name: "bpf_fentry_test1", type: 2, linkage: "static" },
];
const kernelBtf = readBtf(encodeBtf(types, { littleEndian: true }));
const debian = { name: "Debian GNU/Linux 12 (bookworm)", manager: "apt-get" } as const;
const PMU = "/sys/bus/event_source/devices";
const E2BIG = 7;
const EBADF = 9;
const EACCES = 13;
const EINVAL = 22;
const UPROBE_TYPE = 9;

/** What differs from a machine where all is well. */
interface Difference {
  readonly host?: FakeHostOptions;
  /** A new one each time: a Features cache is kept by kernel. */
  readonly kernel?: () => Kernel | TsbpfError;
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  readonly machine?: Partial<Machine>;
}

/** The fake kernel, and the answers of what it does not play: probes through perf, links of many probes. */
function kernelLike(
  options: Parameters<typeof fakeKernel>[0],
  answers: { link?: number; uprobe?: number } = {},
) {
  const base = fakeKernel(options);
  const kernel: Kernel = Object.create(base) as Kernel; // with the methods of its prototype
  kernel.bpf = (command, attr, references) =>
    command === bpfCmd.BPF_LINK_CREATE ? (answers.link ?? -EBADF) : base.bpf(command, attr, references);
  kernel.perfEventOpen = (attr, pid, cpu, group, flags) =>
    attr[0] === UPROBE_TYPE ? (answers.uprobe ?? -EINVAL) : base.perfEventOpen(attr, pid, cpu, group, flags);
  return { kernel, base };
}

function machine({ host = {}, kernel, files = {}, folders = {}, machine: other = {} }: Difference): Machine {
  const texts: Readonly<Record<string, string>> = {
    [`${PMU}/kprobe/type`]: "8\n",
    [`${PMU}/uprobe/type`]: `${UPROBE_TYPE}\n`,
    "/proc/sys/kernel/kptr_restrict": "0\n",
    "/proc/modules": "xfs 1 0 - Live 0x0\nvirtio 1 0 - Live 0x0\n",
    ...files,
  };
  const lists: Readonly<Record<string, readonly string[]>> = {
    "/sys/kernel/btf": ["vmlinux", "xfs", "virtio"],
    ...folders,
  };
  return {
    platform: "linux",
    architecture: "x64",
    runtime: { name: "Node", version: "20.19.0" },
    libc: "glibc 2.36",
    user: 0,
    distribution: debian,
    host: fakeHost({ kernelBtf, kernelSymbols: { _stext: 0xffffffff81000000n }, ...host }),
    kernel: (kernel ?? ((): Kernel => kernelLike({}).kernel))(),
    clang: { command: ["/usr/bin/clang-14"], version: "clang version 14.0.6", origin: "PATH", stamp: "" },
    headers: headersFolder,
    text: (path) => texts[path],
    list: (path) => lists[path] ?? [],
    ...other,
  };
}

function check(name: string, difference: Difference = {}): Examined {
  const found = examine(machine(difference)).checks.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no check "${name}"`);
  return found;
}

const noClang = new NativeError("expected a clang with the BPF target, found none", [], ["install one"]);
const noAddon = new NativeError("expected a place to load the addon from, found none", [], ["set TMPDIR"]);
const noCapabilities = { capabilities: new Set<string>() };
const traceOnly = { capabilities: new Set(["CAP_BPF", "CAP_PERFMON"]) };
const old = { release: "5.4.0", kernelBtf };
const unprivileged = (): Kernel => kernelLike({ privileged: false }).kernel;

test("a machine where all is well is ready, and every check says so", () => {
  const { checks, ready } = examine(machine({}));
  const kprobeMulti = "kprobe.multi"; // the answer for uprobes is EBADF, for kprobes a link: both cannot be had here
  expect(checks.filter(({ state, name }) => state !== "ok" && name !== kprobeMulti)).toEqual([]);
  expect(ready).toBe(true);
  expect(checks.length).toBeGreaterThan(25);
});

test.each<[name: string, difference: Difference, state: string, found: RegExp, remedy?: RegExp]>([
  [
    "runtime",
    { machine: { runtime: { name: "Node", version: "18.20.0" } } },
    "failed",
    /20\.19.*18\.20\.0/,
    /npx/,
  ],
  [
    "runtime",
    { machine: { runtime: { name: "Node", version: "20.18.3" } } },
    "failed",
    /found 20\.18\.3/,
    /npx/,
  ],
  [
    "runtime",
    { machine: { runtime: { name: "Node", version: "22.11.0" } } },
    "failed",
    /found 22\.11/,
    /npx/,
  ],
  ["runtime", { machine: { runtime: { name: "Node", version: "26.0.0" } } }, "ok", /^Node 26\.0\.0$/],
  ["runtime", { machine: { runtime: { name: "Bun", version: "1.4.0" } } }, "ok", /^Bun 1\.4\.0$/],
  ["C library", { machine: { libc: "musl" } }, "ok", /^musl$/],
  ["C library", { machine: { libc: undefined } }, "not applicable", /the addon needs none/],
  ["native addon", { kernel: () => noAddon }, "failed", /place to load the addon/, /TMPDIR/],
  ["release", { host: old }, "warning", /5\.8 or later, found 5\.4\.0/, /apt-get install linux-image-amd64/],
  [
    "release",
    { host: old, machine: { distribution: { name: "Anolis OS 8.8", manager: "dnf" } } },
    "warning",
    /found 5\.4\.0/,
    /`dnf update kernel`/,
  ],
  ["kernel BTF", { host: { kernelBtf: undefined as never } }, "failed", /CONFIG_DEBUG_INFO_BTF/, /Debian 11/],
  [
    "module BTF",
    { folders: { "/sys/kernel/btf": ["vmlinux"] } },
    "warning",
    /2 loaded modules, found none/,
    /module's/,
  ],
  ["module BTF", { files: { "/proc/modules": "" } }, "not applicable", /no modules/],
  ["module BTF", {}, "ok", /^2 of 2 /],
  [
    "capabilities to trace",
    { host: { privileges: noCapabilities } },
    "failed",
    /lacks CAP_BPF and CAP_PERFMON/,
    /--cap-add BPF --cap-add PERFMON/,
  ],
  ["capabilities to trace", { host: { privileges: traceOnly } }, "ok", /^CAP_BPF, CAP_PERFMON$/],
  [
    "capabilities to trace",
    { host: { ...old, privileges: traceOnly } },
    "failed",
    /lacks CAP_SYS_ADMIN/,
    /SYS_ADMIN/,
  ],
  [
    "capabilities for networks",
    { host: { privileges: traceOnly } },
    "warning",
    /lacks CAP_NET_ADMIN/,
    /NET_ADMIN/,
  ],
  ["capabilities for everything", { host: { privileges: traceOnly } }, "warning", /lacks CAP_SYS_ADMIN/],
  [
    "user namespace",
    { host: { privileges: { initialUserNamespace: false } } },
    "failed",
    /user namespace/,
    /outside the user namespace/,
  ],
  [
    "user namespace",
    { host: { privileges: { initialUserNamespace: undefined } } },
    "not applicable",
    /uid_map/,
  ],
  ["seccomp", { host: { privileges: { seccomp: 2 } } }, "warning", /seccomp filter/, /seccomp profile/],
  [
    "lockdown",
    { host: { privileges: { lockdown: "integrity" } } },
    "warning",
    /bpf_probe_write_user/,
    /lockdown=/,
  ],
  ["lockdown", { host: { privileges: { lockdown: "confidentiality" } } }, "warning", /kprobes/, /lockdown=/],
  ["lockdown", { host: { privileges: { lockdown: undefined } } }, "not applicable", /cannot be read/],
  ["locked memory", { host: { privileges: { memlock: 65536 } } }, "ok", /65536 bytes, which Linux 5\.11/],
  ["locked memory", { host: { ...old, privileges: { memlock: 65536 } } }, "ok", /raised at need/],
  [
    "locked memory",
    { host: { ...old, privileges: { memlock: 65536, capabilities: new Set(["CAP_SYS_ADMIN"]) } } },
    "warning",
    /65536 bytes.*without CAP_SYS_RESOURCE/,
    /ulimit -l/,
  ],
  ["unprivileged BPF", { host: { privileges: { unprivilegedBpfDisabled: 0 } } }, "ok", /^0: socket filters/],
  [
    "unprivileged BPF",
    { host: { privileges: { unprivilegedBpfDisabled: undefined } } },
    "not applicable",
    /cannot/,
  ],
  [
    "perf_event_paranoid",
    { host: { privileges: { ...traceOnly, perfEventParanoid: 3 } } },
    "warning",
    /^3: Debian/,
    /sysctl kernel\.perf_event_paranoid=2/,
  ],
  ["perf_event_paranoid", { host: { privileges: { perfEventParanoid: 4 } } }, "ok", /^4$/],
  ["kptr_restrict", { host: { kernelSymbols: { _stext: 0n } } }, "warning", /hidden/, /kptr_restrict=1 or 0/],
  ["kptr_restrict", { host: { kernelSymbols: {} } }, "not applicable", /kallsyms/],
  ["tracefs", { host: { tracepoints: null } }, "failed", /found none mounted/, /mount -t tracefs/],
  ["tracefs", { host: { tracepoints: {} } }, "failed", /closed to this user/, /run as root/],
  [
    "bpffs",
    { host: { fileSystems: { "/sys/fs/bpf": 0x62656572 } } },
    "warning",
    /0x62656572/,
    /mount -t bpf/,
  ],
  ["bpffs", { host: { fileSystems: {} } }, "warning", /no such directory/, /mount -t bpf/],
  [
    "create a map",
    { kernel: unprivileged, host: { privileges: noCapabilities } },
    "failed",
    /lacks CAP_BPF/,
    /root/,
  ],
  [
    "load a program",
    { kernel: unprivileged, host: { privileges: noCapabilities } },
    "failed",
    /CAP_PERFMON/,
    /root/,
  ],
  [
    "open a perf event",
    { kernel: unprivileged, host: { privileges: noCapabilities } },
    "failed",
    /EACCES/,
    /root/,
  ],
  [
    "create a map",
    { kernel: unprivileged, host: { privileges: { seccomp: 2 } } },
    "failed",
    /seccomp/,
    /profile/,
  ],
  ["create a map", { kernel: () => noAddon }, "not applicable", /without the addon/],
  [
    "ring buffer",
    { kernel: () => kernelLike({ version: "5.4" }).kernel, host: old },
    "warning",
    /ring buffers.*5\.8/,
  ],
  [
    "ring buffer",
    { kernel: unprivileged, host: { privileges: noCapabilities } },
    "not applicable",
    /CAP_BPF missing/,
  ],
  [
    "fentry, fexit",
    { kernel: () => kernelLike({ version: "5.4" }).kernel, host: old },
    "warning",
    /entry and exit/,
  ],
  ["uprobe.multi", {}, "ok", /works/],
  [
    "uprobe.multi",
    { kernel: () => kernelLike({}, { link: -EINVAL }).kernel },
    "warning",
    /many uprobes.*6\.6/,
  ],
  [
    "kprobe.multi",
    { kernel: () => kernelLike({}, { link: -EINVAL }).kernel },
    "warning",
    /many kprobes.*5\.18/,
  ],
  ["kprobe.multi", { kernel: () => kernelLike({}, { link: 1000 }).kernel }, "ok", /works/],
  ["attach cookies", { kernel: () => kernelLike({ version: "5.10" }).kernel }, "warning", /5\.15/, /USDT/],
  ["attach cookies", { kernel: unprivileged }, "not applicable", /cannot be tried/],
  [
    "uprobe.multi",
    { kernel: () => kernelLike({}, { link: -E2BIG }).kernel },
    "warning",
    /many uprobes.*6\.6/,
  ],
  ["kprobes", { machine: { text: () => undefined } }, "warning", /CONFIG_KPROBE_EVENTS/, /fentry instead/],
  ["uprobes", { machine: { text: () => undefined } }, "warning", /CONFIG_UPROBE_EVENTS/, /boot/],
  [
    "kprobes",
    { machine: { text: (path) => (path === "/sys/kernel/tracing/kprobe_events" ? "" : undefined) } },
    "ok",
    /through tracefs/,
  ],
  [
    "uprobes",
    { host: { privileges: traceOnly }, kernel: () => kernelLike({}, { uprobe: -EACCES }).kernel },
    "warning",
    /CVE-2025-38466/,
    /uprobe\.multi/,
  ],
  ["uprobes", { host: { privileges: traceOnly } }, "ok", /with CAP_PERFMON/],
  ["uprobes", { host: { privileges: noCapabilities } }, "not applicable", /CAP_PERFMON missing/],
  ["compiler", { machine: { clang: noClang } }, "failed", /found none/, /install one/],
  [
    "compiler",
    {
      machine: { clang: { command: ["clang"], version: "clang version 11.0.1", origin: "PATH", stamp: "" } },
    },
    "warning",
    /clang 14 or later/,
    /@zigc\/cli/,
  ],
  [
    "BPF headers",
    { machine: { headers: "/no/such/folder" } },
    "failed",
    /no\/such\/folder/,
    /install tsbpf again/,
  ],
])("%s: %#", (name, difference, state, found, remedy) => {
  const result = check(name, difference);
  expect(result).toMatchObject({ state });
  expect(result.found).toMatch(found);
  if (remedy !== undefined) expect(result.remedy).toMatch(remedy);
});

test("nothing that was tried stays open", () => {
  const { kernel, base } = kernelLike({});
  examine(machine({ kernel: () => kernel }));
  expect(base.openFds()).toEqual([]);
});

test("every warning and failure of a bad machine has a remedy", () => {
  const bad = machine({
    kernel: unprivileged,
    host: {
      ...old,
      tracepoints: null,
      fileSystems: {},
      privileges: { ...noCapabilities, lockdown: "integrity" },
    },
    machine: { clang: noClang, headers: "/no/such/folder", text: () => undefined },
  });
  const silent = examine(bad).checks.filter(
    ({ state, remedy }) => (state === "warning" || state === "failed") && remedy === undefined,
  );
  expect(silent).toEqual([]);
});

describe("fixes", () => {
  const fixesWith = (difference: Difference): unknown => fixesOf(examine(machine(difference)));

  test("mounts and an installation, as commands", () => {
    expect(fixesWith({ host: { tracepoints: null, fileSystems: {} }, machine: { clang: noClang } })).toEqual([
      { what: "mount tracefs", commands: [["mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing"]] },
      { what: "mount bpffs", commands: [["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"]] },
      {
        what: "install clang",
        commands: [
          ["apt-get", "update"],
          ["apt-get", "install", "-y", "clang"],
        ],
      },
    ]);
  });

  test.each(["dnf", "yum"] as const)("%s", (manager) => {
    expect(fixesWith({ machine: { clang: noClang, distribution: { name: "CentOS", manager } } })).toEqual([
      { what: "install clang", commands: [[manager, "install", "-y", "clang"]] },
    ]);
  });

  test("none where no package manager is known, and none for a tracefs that is there but closed", () => {
    const distribution = { name: "Nothing Linux", manager: undefined };
    expect(fixesWith({ host: { tracepoints: {} }, machine: { clang: noClang, distribution } })).toEqual([]);
  });
});

test("on macOS nothing fails that no Mac can have, and the addon's line says what works", () => {
  const noLinux = new NativeError(
    "expected Linux to talk to its kernel, found darwin",
    [],
    ["load and attach on Linux; compiling, inspecting and generating types work here"],
  );
  const mac = machine({ kernel: () => noLinux, machine: { platform: "darwin", libc: undefined } });
  const { checks, ready } = examine(mac);
  expect(ready).toBe(true);
  expect(checks.find(({ name }) => name === "native addon")).toMatchObject({
    state: "warning",
    remedy: expect.stringContaining("compiling, inspecting") as string,
  });
  expect(new Set(checks.filter(({ group }) => group === "privileges").map(({ state }) => state))).toEqual(
    new Set(["not applicable"]),
  );
});

test("runtimes that imitate Node are called by their own name", () => {
  expect(runtimeOf({ node: "22.12.0" })).toEqual({ name: "Node", version: "22.12.0" });
  expect(runtimeOf({ node: "24.0.0", bun: "1.4.0" })).toEqual({ name: "Bun", version: "1.4.0" });
  expect(runtimeOf({ node: "24.0.0", deno: "2.9.0" })).toEqual({ name: "Deno", version: "2.9.0" });
});
