// Probes and XDP on the fake kernel, by release: which way is taken, what is refused, what is left behind.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { readObjectBytes, type LoadedObject } from "../../../src/kernel/index.ts";
import {
  fakeHost,
  fakeKernel,
  type FakeHostOptions,
  type FakeKernel,
  type FakeKernelOptions,
} from "../../../src/testing/index.ts";
import { buildElf } from "../../elf-builder.ts";

const machines: FakeKernel[] = [];
const objects: LoadedObject[] = [];
afterEach(() => {
  for (const object of objects.splice(0)) object.close();
  for (const kernel of machines.splice(0)) {
    expect(kernel.openFds()).toEqual([]);
    expect(kernel.attachments()).toEqual([]);
    for (const kind of ["kprobe", "uprobe"] as const) {
      expect((kernel.probeDefinitions(kind) ?? []).filter((line) => line.includes("tsbpf_4242_"))).toEqual(
        [],
      );
    }
  }
});

/** An executable whose only code is at file offset 0x40, and its function `work` there. */
const program = executable();

async function load(
  name: string,
  version: string,
  options: FakeKernelOptions = {},
  host: FakeHostOptions = {},
) {
  const kernel = fakeKernel({ version, ...options });
  machines.push(kernel);
  const bytes = readFileSync(new URL(`../../../testdata/obj/zig-21/${name}.bpf.o`, import.meta.url));
  const source = readObjectBytes(bytes, { name });
  // The object declares the kernel's registers itself: a kernel that has them so is one that it fits.
  const kernelBtf = source.spec.btf;
  const at = {
    kernel,
    host: fakeHost({
      release: version,
      kernel,
      ...(kernelBtf === undefined ? {} : { kernelBtf }),
      files: { "/bin/work": program, "/bin/text": new Uint8Array(9) },
      ...host,
    }),
  };
  const object = await source.load({ ...at, optional: true });
  objects.push(object);
  return { kernel, object, of: (one: string) => object.requireProgram(one) };
}

const refused = (body: () => unknown): TsbpfError => {
  try {
    body();
  } catch (error) {
    if (error instanceof TsbpfError) return error;
    throw error;
  }
  throw new Error("expected an error, found none");
};

describe("which way a probe is attached (RULES 53 to 55)", () => {
  test.each([
    ["6.18", "default", "link"],
    ["5.15", "default", "link"],
    ["5.14", "default", "ioctl"],
    ["4.17", "default", "ioctl"],
    ["4.16", "default", "tracefs"],
    ["6.18", "perf", "ioctl"],
    ["6.18", "legacy", "tracefs"],
    ["6.18", "link", "link"],
  ] as const)("Linux %s, attachMode %s: %s", async (version, attachMode, way) => {
    const { kernel, of } = await load("sections_all", version);
    for (const attach of [
      () => of("p_kprobe").attachKprobe("do_unlinkat", { attachMode }),
      () => of("p_uprobe").attachUprobe("/bin/work", { offset: 0x40 }, { attachMode }),
    ]) {
      const link = attach();
      const made = [
        ...(kernel.probeDefinitions("kprobe") ?? []),
        ...(kernel.probeDefinitions("uprobe") ?? []),
      ];
      expect(made.length > 0).toBe(way === "tracefs");
      expect(kernel.openFds().some(({ what }) => what.startsWith("link"))).toBe(way === "link");
      expect(kernel.attachments()).toHaveLength(1);
      link.detach();
      link.detach();
      expect(kernel.attachments()).toEqual([]);
    }
  });

  test("what a way cannot do is refused before anything is left behind", async () => {
    const { of } = await load("sections_all", "5.14");
    const entry = of("p_kprobe");
    expect(refused(() => entry.attachKprobe("do_unlinkat", { cookie: 1 })).message).toMatch(
      /attach cookies \(Linux 5\.15 and later\), running is 5\.14/,
    );
    expect(refused(() => entry.attachKprobe("do_unlinkat", { attachMode: "link" })).code).toBe(
      "KERNEL_FEATURE",
    );
    const old = await load("sections_all", "4.16");
    expect(refused(() => old.of("p_kprobe").attachKprobe("do_unlinkat", { attachMode: "perf" })).code).toBe(
      "KERNEL_FEATURE",
    );
    expect(
      refused(() => of("p_kretprobe").attachKprobe("do_unlinkat", { maxActive: 8, attachMode: "perf" }))
        .message,
    ).toMatch(/expected no maxActive with attachMode "perf"/);
    const early = await load("sections_all", "4.19");
    expect(
      refused(() => early.of("p_uprobe").attachUprobe("/bin/work", "0x40", { refCtrOffset: 8 })).message,
    ).toMatch(/reference counters of uprobes \(Linux 4\.20 and later\)/);
  });

  test("a kernel without probes says so, whichever way is tried", async () => {
    const { of } = await load(
      "probes",
      "6.18",
      { without: ["kprobe", "uprobe"] },
      { withoutProbeEvents: ["kprobe", "uprobe"] },
    );
    for (const attachMode of ["default", "legacy", "perf", "link"] as const) {
      const kernel = refused(() => of("kernel_entry").attachKprobe("do_unlinkat", { attachMode }));
      expect(kernel.code).toBe("KERNEL_FEATURE");
      expect(kernel.message).toMatch(
        /kprobes \(CONFIG_KPROBE_EVENTS\), running is 6\.18 \(use a tracepoint, tp_btf or fentry/,
      );
      const user = refused(() => of("user_entry").attachUprobe("/bin/work", "0x40", { attachMode }));
      expect(user.message).toMatch(/uprobes \(CONFIG_UPROBE_EVENTS\)/);
    }
  });
});

describe("tracefs", () => {
  test("an event is named after its process and gone with its link; a counter is in its line", async () => {
    const { kernel, of } = await load("probes", "6.18");
    const link = of("user_return").attachUprobe("/bin/work", "0x40", {
      attachMode: "legacy",
      refCtrOffset: 0x10,
      pid: 4242,
    });
    expect(kernel.probeDefinitions("uprobe")).toEqual([
      expect.stringMatching(/^r:uprobes\/tsbpf_4242_4026531836_[0-9a-f]{8}_work \/bin\/work:0x40\(0x10\)$/),
    ]);
    expect(kernel.attachments()).toEqual([{ program: "user_return", target: "uretprobe /bin/work:0x40" }]);
    link.detach();
    expect(kernel.probeDefinitions("uprobe")).toEqual([]);
    const returns = of("kernel_return").attachKprobe("do_unlinkat", { maxActive: 16 });
    expect(kernel.probeDefinitions("kprobe")).toEqual([
      expect.stringMatching(/^r16:kprobes\/tsbpf_4242_4026531836_[0-9a-f]{8}_do_unlinkat do_unlinkat\+0x0$/),
    ]);
    returns.detach();
  });

  test("what dead processes left is removed, and nothing else", async () => {
    const { kernel, of } = await load("probes", "6.18");
    const names = [
      "tsbpf_99_4026531836_01234567_x",
      "tsbpf_4242_4026531836_01234567_y",
      "tsbpf_99_1_01234567_z",
      "mine",
    ];
    for (const name of names)
      kernel.appendFile("/sys/kernel/tracing/kprobe_events", `p:kprobes/${name} vfs_read+0x0\n`);
    of("kernel_entry").attachKprobe("do_unlinkat", { attachMode: "legacy" }).detach();
    expect(kernel.probeDefinitions("kprobe")?.map((line) => /\/(\w+)/.exec(line)?.[1])).toEqual(
      names.slice(1),
    );
    kernel.appendFile("/sys/kernel/tracing/kprobe_events", `-:kprobes/${names[1]}\n`);
  });

  test("an event that cannot be opened is removed again", async () => {
    const { kernel, of } = await load("probes", "6.18");
    const open = kernel.perfEventOpen.bind(kernel);
    kernel.perfEventOpen = () => -24;
    expect(
      refused(() => of("kernel_entry").attachKprobe("do_unlinkat", { attachMode: "legacy" })).message,
    ).toMatch(/perf_event_open: EMFILE/);
    kernel.perfEventOpen = open;
    expect(kernel.probeDefinitions("kprobe")).toEqual([]);
  });

  test("a path with a space goes only by the perf event", async () => {
    const { of } = await load("probes", "6.18", {}, { files: { "/my work": program } });
    of("user_entry").attachUprobe("/my work", "0x40").detach();
    expect(
      refused(() => of("user_entry").attachUprobe("/my work", "0x40", { attachMode: "legacy" })).message,
    ).toMatch(/expected a path without spaces for tracefs, found "\/my work"/);
  });
});

describe("kernel functions", () => {
  test("a renamed one is suggested, a mistyped one too", async () => {
    const { of } = await load("probes", "6.18");
    const attach = (name: string) => refused(() => of("kernel_entry").attachKprobe(name));
    expect(attach("tcp_connect").message).toBe(
      'program "kernel_entry": kprobe tcp_connect: expected a kernel function tcp_connect, found it renamed by the compiler: tcp_connect.isra.0 (attach to "tcp_connect.isra.0")',
    );
    expect(attach("do_unlinkta").message).toMatch(/no function do_unlinkta \(did you mean "do_unlinkat"\?\)/);
    expect(attach("nothing_like_it").message).toMatch(
      /no function nothing_like_it \(the compiler may have inlined it/,
    );
    of("kernel_entry").attachKprobe("tcp_connect.isra.0").detach();
  });

  test("the function of a system call is found by trying (RULES 64)", async () => {
    const wrapped = await load("probes", "6.18");
    const link = wrapped.of("call_entry").attachKsyscall("execve");
    expect(link.target).toBe("ksyscall execve");
    expect(wrapped.kernel.attachments()).toEqual([
      { program: "call_entry", target: "kprobe __x64_sys_execve+0x0" },
    ]);
    link.detach();
    const functions = ["__se_sys_execve", "__se_sys_bpf"];
    const plain = await load("probes", "6.18", { functions }, { functions });
    plain.of("call_return").attachKsyscall("execve");
    expect(plain.kernel.attachments()).toEqual([
      { program: "call_return", target: "kretprobe __se_sys_execve+0x0" },
    ]);
    expect(refused(() => plain.of("call_entry").attachKsyscall("execv")).message).toMatch(
      /ksyscall execv: this kernel has no system call execv \(did you mean "execve"\?\)/,
    );
    expect(refused(() => plain.of("call_entry").attachKsyscall("../x")).message).toMatch(/such as execve/);
  });

  test("many: names, patterns, what is missing, kernels without", async () => {
    const { kernel, of } = await load("probes_multi", "6.18");
    const link = of("kernel_entry").attachKprobeMulti("vfs_*");
    expect(kernel.attachments()).toEqual([
      { program: "kernel_entry", target: "kprobe_multi vfs_read,vfs_write" },
    ]);
    link.detach();
    of("kernel_entry")
      .attachKprobeMulti(["vfs_read", "do_unlinkat"], { cookies: [1n, 2n] })
      .detach();
    of("kernel_session").attachKprobeMulti("vfs_rea?").detach();
    expect(refused(() => of("kernel_entry").attachKprobeMulti(["vfs_read", "vfs_raed"])).message).toMatch(
      /no function vfs_raed \(did you mean "vfs_read"\?\)/,
    );
    expect(refused(() => of("kernel_entry").attachKprobe("vfs_read")).message).toMatch(
      /expects a program for one place, found one for many, "kprobe\.multi" \(use attachKprobeMulti\)/,
    );
    const old = await load("probes_multi", "5.17");
    expect(refused(() => old.of("kernel_entry").attachKprobeMulti("vfs_read")).message).toMatch(
      /kprobe\.multi links \(Linux 5\.18 and later\), running is 5\.17/,
    );
    const early = await load("probes_multi", "6.9");
    expect(refused(() => early.of("kernel_session").attachKprobeMulti("vfs_read")).message).toMatch(
      /kprobe sessions \(Linux 6\.10 and later\)/,
    );
    const without = await load("probes_multi", "6.18", { without: ["kprobe"] });
    expect(refused(() => without.of("kernel_entry").attachKprobeMulti("vfs_read")).message).toMatch(
      /CONFIG_FPROBE/,
    );
  });
});

describe("executables", () => {
  test("pid -1, 0 and others reach the kernel as it wants them (RULES 54)", async () => {
    const { kernel, of } = await load("probes", "6.18");
    const asked: number[][] = [];
    const open = kernel.perfEventOpen.bind(kernel);
    kernel.perfEventOpen = (attr, pid, cpu, ...rest) => {
      asked.push([pid, cpu]);
      return open(attr, pid, cpu, ...rest);
    };
    for (const pid of [undefined, -1, 0, 77])
      of("user_entry").attachUprobe("/bin/work", "0x40", { pid }).detach();
    expect(asked).toEqual([
      [-1, 0],
      [-1, 0],
      [0, -1],
      [77, -1],
    ]);
  });

  test("functions by name; what is not code, not there, not ELF", async () => {
    const { kernel, of } = await load("probes", "6.18");
    const link = of("user_entry").attachUprobe("/bin/work", "work+0x4");
    expect(link.target).toBe("uprobe /bin/work:work+0x4");
    expect(kernel.attachments()).toEqual([{ program: "user_entry", target: "uprobe /bin/work:0x44" }]);
    link.detach();
    const attach = (path: string, place: string) =>
      refused(() => of("user_entry").attachUprobe(path, place)).message;
    expect(attach("/bin/work", "0x0")).toMatch(
      /expected an offset in the file's code \(0x40 to 0x80\), found 0x0/,
    );
    expect(attach("/bin/work", "werk")).toMatch(
      /expected a function werk in the file, found none \(did you mean "work"\?\)/,
    );
    expect(attach("/bin/text", "x")).toMatch(/\/bin\/text: .*expected an ELF file/);
    expect(attach("/bin/none", "x")).toMatch(/\/bin\/none: expected a readable file, found none/);
  });

  test("another architecture, and return probes in Go", async () => {
    const files = {
      "/bin/arm": executable({ machine: 183 }),
      "/bin/go": executable({ functions: ["main.work", "crosscall"], sections: [".go.buildinfo"] }),
    };
    const { of } = await load("probes", "6.18", {}, { files });
    expect(refused(() => of("user_entry").attachUprobe("/bin/arm", "work")).message).toMatch(
      /expected an executable for x86-64, found one for arm64/,
    );
    of("user_entry").attachUprobe("/bin/go", "main.work").detach();
    for (const place of ["main.work", "0x40"]) {
      const error = refused(() => of("user_return").attachUprobe("/bin/go", place));
      expect(error.code).toBe("UNSUPPORTED");
      expect(error.message).toMatch(
        /crash the process, as Go moves its stacks \(attach a uprobe to each of its return/,
      );
    }
    of("user_return").attachUprobe("/bin/go", "crosscall").detach();
  });

  test("many: places, cookies, processes, kernels without", async () => {
    const { kernel, of } = await load("probes_multi", "6.18");
    const link = of("user_entry").attachUprobeMulti("/bin/work", "wo*");
    expect(kernel.attachments()).toEqual([{ program: "user_entry", target: "uprobe_multi /bin/work:0x40" }]);
    link.detach();
    of("user_return")
      .attachUprobeMulti("/bin/work", ["work", "work+8"].slice(0, 1), { cookies: [1] })
      .detach();
    of("user_session")
      .attachUprobeMulti("/bin/work", [{ offset: 0x40 }, { offset: 0x48 }], { pid: 0 })
      .detach();
    const old = await load("probes_multi", "6.5");
    expect(refused(() => old.of("user_entry").attachUprobeMulti("/bin/work", "work")).message).toMatch(
      /uprobe\.multi links \(Linux 6\.6 and later\), running is 6\.5 \(use single uprobes/,
    );
    const early = await load("probes_multi", "6.12");
    expect(refused(() => early.of("user_session").attachUprobeMulti("/bin/work", "work")).message).toMatch(
      /uprobe sessions \(Linux 6\.13 and later\)/,
    );
  });
});

describe("XDP", () => {
  test("by name and index; once an interface; never by itself", async () => {
    const { kernel, object, of } = await load("xdp_count", "6.18");
    expect(object.attach()).toEqual([]);
    const link = of("count").attachXdp("eth0", { mode: "skb" });
    expect(kernel.attachments()).toEqual([{ program: "count", target: "xdp eth0" }]);
    expect(refused(() => of("count").attachXdp(2)).message).toMatch(
      /EBUSY: another program is attached there/,
    );
    link.detach();
    of("count").attachXdp(1).detach();
    expect(refused(() => of("count").attachXdp("eth1")).message).toMatch(/did you mean "eth0"\?/);
    expect(refused(() => of("count").attachXdp(9)).message).toMatch(/no interface 9/);
    const old = await load("xdp_count", "5.8");
    expect(refused(() => old.of("count").attachXdp("eth0")).message).toMatch(
      /XDP links \(Linux 5\.9 and later\)/,
    );
  });
});

/** A file with one segment of code at 0x40, and symbols for functions in it. */
function executable({ machine = 62, functions = ["work"], sections = [] as string[] } = {}): Uint8Array {
  const object = buildElf({
    type: 2,
    machine,
    sections: [
      { name: ".text", bytes: new Uint8Array(64), flags: 6 },
      ...sections.map((name) => ({ name, bytes: new Uint8Array(8) })),
    ],
    symbols: functions.map((name, index) => ({
      name,
      value: 0x400040 + index * 16,
      size: 16,
      type: 2,
      binding: 1,
      section: ".text",
    })),
  });
  // One program header behind everything: the builder writes objects, which have none.
  const bytes = new Uint8Array(object.length + 56);
  bytes.set(object);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0x20, BigInt(object.length), true);
  view.setUint16(0x36, 56, true);
  view.setUint16(0x38, 1, true);
  const at = object.length;
  view.setUint32(at, 1, true);
  view.setUint32(at + 4, 5, true);
  view.setBigUint64(at + 8, 0x40n, true);
  view.setBigUint64(at + 16, 0x400040n, true);
  view.setBigUint64(at + 32, 64n, true);
  view.setBigUint64(at + 40, 64n, true);
  return bytes;
}
