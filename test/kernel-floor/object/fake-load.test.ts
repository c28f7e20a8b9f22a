// The whole load on the fake kernel, by release: what older kernels lack is left out or named.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { readObjectBytes } from "../../../src/kernel/index.ts";
import {
  fakeHost,
  fakeKernel,
  type FakeKernel,
  type FakeKernelOptions,
  type ProgramRequest,
  type Refusal,
} from "../../../src/testing/index.ts";

const source = (name: string) =>
  readObjectBytes(readFileSync(new URL(`../../../testdata/obj/zig-21/${name}.bpf.o`, import.meta.url)), {
    name: `${name}.bpf.o`,
  });

const kernels: FakeKernel[] = [];
function machine(version: string, options: FakeKernelOptions = {}) {
  const kernel = fakeKernel({ version, ...options });
  kernels.push(kernel);
  return { kernel, host: fakeHost({ release: version }) };
}
afterEach(() => {
  for (const kernel of kernels.splice(0)) {
    expect(kernel.openFds()).toEqual([]);
    expect(kernel.openMappings()).toBe(0);
  }
});

describe.each(["4.19", "5.4", "5.10", "5.15", "6.1", "6.18"])("Linux %s", (version) => {
  test("an object with maps of many kinds loads, attaches and closes", async () => {
    const at = machine(version, version === "4.19" ? { verify: refuseGlobalData } : {});
    const object = await source("map_percpu").load(at);
    expect(Object.keys(object.maps)).toEqual([
      "array",
      "hash",
      "lru",
      ...(version === "4.19" ? [] : [".rodata"]),
    ]);
    const map = object.requireMap("array");
    const values = [1, 2, 3, 4].map((hits) => ({ hits, tail: Uint8Array.of(hits, 0, 0, 0, 0) }));
    map.set(2, values);
    expect(map.get(2)).toEqual(values);
    expect([...map.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const [link] = object.attach();
    expect(at.kernel.attachments()).toHaveLength(1);
    link?.detach();
    expect(at.kernel.attachments()).toHaveLength(0);
    object.close();
  });
});

test("Linux 4.14 knows neither names nor BTF (RULES 8, 46)", async () => {
  const at = machine("4.14", { verify: refuseGlobalData });
  const maps = { tsbpf_pinned_hash: { pin: false }, tsbpf_pinned_array: { pin: false } };
  const object = await source("map_pinned").load({ ...at, maps });
  expect(object.requireMap("not_pinned").name).toBe("not_pinned");
  expect(object.requireMap("not_pinned").info().name).toBe("");
  object.close();
});

test("a map without max_entries is refused with what to do, and loads with them", async () => {
  await expect(source("map_ringbuf_zero").load(machine("6.18"))).rejects.toThrow(
    /map "unsized": bpf\(BPF_MAP_CREATE\): EINVAL: .*how many entries.*0 entries.* \(.*maxEntries: N/,
  );
  const maps = { unsized: { maxEntries: 4096 } };
  const object = await source("map_ringbuf_zero").load({ ...machine("6.18"), maps });
  expect(object.requireMap("unsized").info().maxEntries).toBe(4096);
  object.close();
});

test("global variables are mapped since 5.5 and reached through the map before (RULES 19, 23)", async () => {
  for (const version of ["5.4", "5.10"]) {
    const at = machine(version);
    const object = await source("globals_basic").load({ ...at, set: { limit: 5 } });
    expect(object.variables["limit"]).toBe(5);
    expect(at.kernel.openMappings()).toBe(version === "5.4" ? 0 : 2);
    const live = object.variables as Record<string, unknown>;
    live["total"] = 9n;
    live["corner"] = { x: -3, y: 4 };
    expect([live["total"], live["corner"], live["big"]]).toEqual([9n, { x: -3, y: 4 }, 0x1122334455667788n]);
    expect(() => (live["limit"] = 1)).toThrow(/frozen/);
    object.close();
  }
});

test("a kernel without global data gets no such maps, and code that needs them is refused by name (RULES 23)", async () => {
  const at = machine("4.19", { verify: refuseGlobalData });
  await expect(source("globals_basic").load(at)).rejects.toThrow(
    /map "\.rodata": the kernel has no global data \(Linux 5\.2 and later\)/,
  );
});

test("a map type that came later is KERNEL_FEATURE", async () => {
  const at = machine("5.4");
  await expect(source("map_ringbuf").load(at)).rejects.toMatchObject({
    code: "KERNEL_FEATURE",
    since: "5.8",
    running: "5.4",
  });
});

test("without privilege the first refusal is DENIED", async () => {
  const at = machine("6.18", { privileged: false });
  await expect(source("globals_basic").load(at)).rejects.toMatchObject({ code: "DENIED" });
});

test("an attach type that the kernel does not know is left out where libbpf's table calls it optional (RULES 49)", async () => {
  const { spec } = source("sections_all");
  const byName = (section: string) =>
    spec.programs.find((program) => program.section === section)?.name ?? expect.fail(section);
  const [optional, required] = [byName("cgroup/dev"), byName("cgroup/connect4")];
  const load = async (wanted: string): Promise<number[]> => {
    const { kernel, host } = machine("6.18");
    const sent: number[] = [];
    const old = {
      ...bind(kernel),
      bpfAsync: async (...call: Parameters<typeof kernel.bpfAsync>) => {
        const [command, attr] = call;
        if (command !== 5 /* BPF_PROG_LOAD */) return await kernel.bpfAsync(...call);
        const type = new DataView(attr.buffer, attr.byteOffset).getUint32(68, true); // expected_attach_type
        sent.push(type);
        return type === 0 ? await kernel.bpfAsync(...call) : -22;
      },
    };
    const autoload = Object.fromEntries(spec.programs.map(({ name }) => [name, name === wanted]));
    try {
      (await source("sections_all").load({ kernel: old, host, autoload })).close();
    } finally {
      expect(sent[0]).toBeGreaterThan(0);
    }
    return sent;
  };
  expect((await load(optional)).at(-1)).toBe(0);
  await expect(load(required)).rejects.toMatchObject({ code: "SYSCALL" });
});

test("a tracepoint attaches by perf link since 5.15, by ioctl before (RULES 53); the link goes before the event", async () => {
  for (const version of ["5.10", "5.15"]) {
    const { kernel, host } = machine(version);
    const closed: string[] = [];
    const spied = {
      ...bind(kernel),
      close: (fd: number) => {
        closed.push(kernel.openFds().find((one) => one.fd === fd)?.what ?? "?");
        return kernel.close(fd);
      },
    };
    const object = await source("optional_programs").load({ kernel: spied, host });
    const program = object.requireProgram("always");
    closed.length = 0;
    const link = program.attachTracepoint("syscalls", "sys_enter_execve");
    expect(kernel.attachments()).toHaveLength(1);
    if (version === "5.10") {
      expect(() => link.fd).toThrow(/without a BPF link/);
      expect(() => program.attachTracepoint("syscalls", "sys_enter_execve", { cookie: 1 })).toThrow(
        /expected a kernel with attach cookies \(Linux 5\.15 and later\), running is 5\.10/,
      );
      closed.length = 0;
    }
    link.detach();
    expect(closed).toHaveLength(version === "5.10" ? 1 : 2);
    if (version === "5.15") expect(closed[0]).toMatch(/link/);
    expect(kernel.attachments()).toHaveLength(0);
    object.close();
  }
});

test("a thousand times attached and detached leaves nothing", async () => {
  const at = machine("6.18");
  const object = await source("optional_programs").load(at);
  const before = at.kernel.openFds().length;
  for (let round = 0; round < 1000; round++) {
    object
      .requireProgram("always")
      .attachTracepoint("syscalls", "sys_enter_execve", { cookie: round })
      .detach();
  }
  expect(at.kernel.openFds()).toHaveLength(before);
  object.close();
});

test("without tracefs, and with a wrong name, a tracepoint says what to do (RULES 67)", async () => {
  const { kernel } = machine("6.18");
  const none = await source("optional_programs").load({ kernel, host: fakeHost({ tracepoints: null }) });
  expect(() => none.requireProgram("always").attachTracepoint("syscalls", "sys_enter_execve")).toThrow(
    /expected tracefs, found none mounted \(mount it: mount -t tracefs tracefs \/sys\/kernel\/tracing\)/,
  );
  none.close();
  const closed = await source("optional_programs").load({ kernel, host: fakeHost({ tracepoints: {} }) });
  expect(() => closed.requireProgram("always").attachTracepoint("a", "b")).toThrow(/closed to this user/);
  closed.close();
});

test("what the verifier refuses is told with the fake's log, and the log buffer grows (RULES 48)", async () => {
  let asked = 0;
  const at = machine("6.18", {
    verify: ({ name }) => {
      if (name === "always") asked++;
      return { log: "0: (95) exit\nR0 !read_ok\nprocessed 1 insns\n" };
    },
  });
  await expect(source("optional_programs").load(at)).rejects.toMatchObject({
    code: "VERIFIER",
    summary: "R0 !read_ok",
  });
  expect(asked).toBe(2);
});

/** What the verifiers before 5.2 say: the address of a map's value (pseudo source 2), and relocation's poison. */
function refuseGlobalData({ code }: ProgramRequest): Refusal | undefined {
  for (let at = 0; at < code.length; at += 8) {
    const index = at / 8;
    if (code[at] === 0x18 && (code[at + 1] ?? 0) >> 4 === 2) {
      return { log: `${index}: (18) r1 = 0x0\nunrecognized bpf_ld_imm64 insn\n` };
    }
    const imm = new DataView(code.buffer, code.byteOffset + at).getInt32(4, true);
    if (code[at] === 0x85 && imm > 100_000) {
      return { log: `${index}: (85) call unknown#${imm}\ninvalid func unknown#${imm}\n` };
    }
  }
  return undefined;
}

/** The methods of a class instance as own properties. */
function bind(kernel: FakeKernel): FakeKernel {
  return new Proxy(kernel, {
    ownKeys: (target) =>
      Reflect.ownKeys(Object.getPrototypeOf(target) as object).concat(Reflect.ownKeys(target)),
    getOwnPropertyDescriptor: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      return {
        enumerable: true,
        configurable: true,
        value: typeof value === "function" ? value.bind(target) : value,
      };
    },
  });
}
