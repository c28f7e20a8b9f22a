// Attaching to USDT points on the fake kernel, by release: where the probes go, which specs they get, what comes back.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { encodeBtf, readBtf } from "../../../src/format/btf/index.ts";
import type { CodeMapping } from "../../../src/kernel/host/index.ts";
import { openPinnedProgram, readObjectBytes } from "../../../src/kernel/index.ts";
import {
  fakeHost,
  fakeKernel,
  type FakeHostOptions,
  type FakeKernel,
  type FakeKernelOptions,
} from "../../../src/testing/index.ts";
import { composite, int, member } from "../../format/btf/types.ts";
import {
  codeAddress,
  codeOffset,
  dataAddress,
  dataOffset,
  usdtExecutable,
  type ExecutableInput,
} from "../../usdt-executable.ts";

const source = readObjectBytes(
  readFileSync(new URL("../../../testdata/obj/zig-21/usdt_any.bpf.o", import.meta.url)),
  { name: "usdt_any.bpf.o" },
);
const PATH = "/bin/target";

/** The registers, for the programs' CO-RE. */
const registers = "r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip".split(" ");
const kernelBtf = readBtf(
  encodeBtf([
    int("unsigned long", 8, "none"),
    composite(
      "struct",
      "pt_regs",
      registers.length * 8,
      registers.map((name, index) => member(name, 1, index * 64)),
    ),
  ]),
);

const kernels: FakeKernel[] = [];
afterEach(() => {
  for (const kernel of kernels.splice(0)) {
    expect(kernel.openFds()).toEqual([]);
    expect(kernel.openMappings()).toBe(0);
  }
});

const points: ExecutableInput["points"] = [
  { name: "probe1", arguments: "-4@$10" },
  { name: "probe2", address: codeAddress + 6, arguments: "-4@%edi 8@-8(%rbp)" },
  { name: "probe2", address: codeAddress + 12, arguments: "-4@%edi 8@-8(%rbp)" },
  { name: "probe2", address: codeAddress + 18, arguments: "-4@%esi 8@-8(%rbp)" },
  { name: "counted", address: codeAddress + 24, semaphore: dataAddress + 0x10 },
  { name: "float", arguments: "8f@%xmm0 -4@$9" },
  { name: "variable", arguments: "-4@counter(%rip)" },
];

function machine(
  version: string,
  file: Partial<ExecutableInput> = {},
  host: FakeHostOptions = {},
  options: FakeKernelOptions = {},
) {
  const kernel = fakeKernel({ version, ...options });
  kernels.push(kernel);
  const bytes = usdtExecutable({ points, variables: { counter: dataAddress + 0x20 }, ...file });
  return { kernel, host: fakeHost({ release: version, kernelBtf, files: { [PATH]: bytes }, ...host }) };
}

interface Spec {
  readonly args: readonly Readonly<Record<string, bigint | number | boolean>>[];
  readonly usdt_cookie: bigint;
  readonly arg_cnt: number;
}

/** A mapping of the target's code at an address where no linker put it. */
const mapping: CodeMapping = {
  path: PATH,
  deleted: false,
  range: "7f0000001000-7f0000002000",
  address: 0x7f00_0000_1000n,
  size: 0x1000,
  offset: codeOffset,
};

const hex = (offset: number): string => `0x${offset.toString(16)}`;

describe("where probes go", () => {
  test("Linux 6.10 and later: one link, at the nops and not at the nops of five bytes behind them", async () => {
    for (const version of ["6.18", "6.12"]) {
      const at = machine(version);
      const object = await source.load(at);
      const link = object.requireProgram("any").attachUsdt(PATH, "groupa", "probe2");
      expect(link.target).toBe(`usdt ${PATH}:groupa:probe2`);
      const offsets = [6, 12, 18].map((one) => hex(codeOffset + one)).join();
      expect(at.kernel.attachments()).toEqual([
        { program: "any", target: `uprobe_multi ${PATH}:${offsets}` },
      ]);
      link.detach();
      expect(at.kernel.attachments()).toEqual([]);
      object.close();
    }
  });

  test("Linux 6.6 to 6.9 take a process for a thread: a probe a place, as before 6.6", async () => {
    for (const version of ["6.6", "6.1"]) {
      const at = machine(version);
      const object = await source.load(at);
      const link = object.requireProgram("any").attachUsdt(PATH, "groupa", "probe2");
      expect(at.kernel.attachments().map(({ target }) => target)).toEqual(
        [6, 12, 18].map((one) => `uprobe ${PATH}:${hex(codeOffset + one)}`),
      );
      link.detach();
      expect(at.kernel.attachments()).toEqual([]);
      object.close();
    }
  });

  test("a prelinked file: the place moves with its code", async () => {
    const moved: ExecutableInput["points"] = [{ name: "probe1", address: 0x1000 }];
    const at = machine("6.12", { points: moved, base: [0x500, 0x400500] });
    const object = await source.load(at);
    object.requireProgram("any").attachUsdt(PATH, "groupa", "probe1");
    expect(at.kernel.attachments()[0]?.target).toBe(`uprobe_multi ${PATH}:${hex(codeOffset)}`);
    object.close();
  });

  test("attach() follows the section; a name that is found on PATH", async () => {
    const file = usdtExecutable({
      points: [{ provider: "groupb", name: "probe2", arguments: "-4@$20 -4@$30" }],
    });
    const at = machine("6.18", {}, { files: { "/usr/bin/umark": file } });
    const object = await source.load(at);
    expect(object.attach().map(({ program, target }) => `${program} → ${target}`)).toEqual([
      "by_section → usdt umark:groupb:probe2",
    ]);
    object.close();
  });
});

describe("specs", () => {
  test("equal arguments share a number; numbers come back and are used again", async () => {
    const at = machine("6.1");
    const object = await source.load(at);
    const specs = object.requireMap("__bpf_usdt_specs");
    const first = object.requireProgram("any").attachUsdt(PATH, "groupa", "probe1", { cookie: 7n });
    const second = object.requireProgram("any").attachUsdt(PATH, "groupa", "probe2");
    const spec = (id: number): Spec => specs.get(id) as Spec;
    expect(spec(0)).toMatchObject({ arg_cnt: 1, usdt_cookie: 7n });
    expect(spec(0).args[0]).toMatchObject({ val_off: 10n, arg_signed: true, arg_bitshift: 32 });
    expect(spec(1).args[0]).toMatchObject({ reg_off: 112, arg_signed: true });
    expect(spec(2).args[0]).toMatchObject({ reg_off: 104 });
    expect(spec(2).args[1]).toMatchObject({ reg_off: 32, val_off: BigInt.asUintN(64, -8n) });
    expect(spec(3)).toMatchObject({ arg_cnt: 0 });
    first.detach();
    object.requireProgram("plain").attachUsdt(PATH, "groupa", "counted", { cookie: 9n });
    expect(spec(0)).toMatchObject({ arg_cnt: 0, usdt_cookie: 9n });
    second.detach();
    object.close();
  });

  test("a variable's place is counted from the instruction that the kernel stops at", async () => {
    const object = await source.load(machine("6.18"));
    object.requireProgram("any").attachUsdt(PATH, "groupa", "variable");
    const { args } = object.requireMap("__bpf_usdt_specs").get(0) as Spec;
    expect(args[0]).toMatchObject({ reg_off: 128, val_off: BigInt(dataAddress + 0x20 - codeAddress) });
    object.close();
  });

  test("more than the map holds", async () => {
    const object = await source.load({ ...machine("6.18"), maps: { __bpf_usdt_specs: { maxEntries: 1 } } });
    const any = object.requireProgram("any");
    expect(() => any.attachUsdt(PATH, "groupa", "probe2")).toThrow(/at most 1 kinds of places.*maxEntries/);
    // What it had taken is there again.
    any.attachUsdt(PATH, "groupa", "probe1").detach();
    object.close();
  });
});

describe("kernels without attach cookies", () => {
  /** The fake kernel does not see that the code for cookies is dead: it lets it pass and refuses tsbpf's probe alone. */
  const without: FakeKernelOptions = {
    verify: ({ type }) => (type === "tracepoint" ? { log: "invalid func unknown#174\n" } : undefined),
  };

  const addresses = (object: Awaited<ReturnType<typeof source.load>>) => [
    ...object.requireMap("__bpf_usdt_ip_to_spec_id").entries(),
  ];

  test("a file at fixed addresses: programs find their spec by the instruction's address", async () => {
    const at = machine("6.1", { type: 2 }, {}, without);
    const object = await source.load(at);
    const link = object.requireProgram("any").attachUsdt(PATH, "groupa", "probe2");
    expect(addresses(object)).toEqual([
      [BigInt(codeAddress + 6), 0],
      [BigInt(codeAddress + 12), 0],
      [BigInt(codeAddress + 18), 1],
    ]);
    expect(() => object.requireProgram("plain").attachUsdt(PATH, "groupa", "probe2")).toThrow(
      /another program of this object is attached at this place/,
    );
    expect(addresses(object)).toHaveLength(3);
    link.detach();
    expect(addresses(object)).toEqual([]);
    object.close();
  });

  test("a file that is loaded anywhere: only in a process", async () => {
    const at = machine("6.1", {}, { codeMappings: { 12: [mapping], 13: [] } }, without);
    const object = await source.load(at);
    const any = object.requireProgram("any");
    expect(() => any.attachUsdt(PATH, "groupa", "probe1")).toThrow(/attach cookies.*5\.15.*\{ pid \}/);
    expect(() => any.attachUsdt(PATH, "groupa", "probe1", { pid: 13 })).toThrow(
      /expected process 13 to have \/bin\/target mapped at offset 0x1000, found no mapping/,
    );
    const link = any.attachUsdt(PATH, "groupa", "probe2", { pid: 12 });
    expect(addresses(object).map(([address]) => address)).toEqual(
      [6n, 12n, 18n].map((one) => mapping.address + one),
    );
    link.detach();
    object.close();
  });
});

describe("refusals", () => {
  const cases: [string, Partial<ExecutableInput>, FakeHostOptions, [string, string, string], RegExp][] = [
    [
      "no such point",
      {},
      {},
      [PATH, "groupa", "prob1"],
      /groupa:prob1, found none among 5 .*"groupa:probe1"/,
    ],
    ["another provider", {}, {}, [PATH, "groupb", "probe2"], /did you mean "groupa:probe2"/],
    ["no points", { points: [] }, {}, [PATH, "a", "b"], /expected USDT points, found none in the file/],
    [
      "another architecture",
      { machine: 183 },
      {},
      [PATH, "groupa", "probe1"],
      /for x86-64, found one for arm64/,
    ],
    [
      "no ELF file",
      {},
      { files: { [PATH]: Uint8Array.of(1, 2, 3, 4) } },
      [PATH, "a", "b"],
      /usdt \/bin\/target:a:b.*ELF/,
    ],
    ["no file", {}, {}, ["/bin/nothing", "a", "b"], /usdt \/bin\/nothing:a:b.*found none/],
    [
      "outside the code",
      { points: [{ name: "p", address: dataAddress }] },
      {},
      [PATH, "groupa", "p"],
      /segment of code, found address 0x604000/,
    ],
    ["nowhere", { points: [{ name: "p", address: 0x999 }] }, {}, [PATH, "groupa", "p"], /segment of code/],
    [
      "a semaphore in the code",
      { points: [{ name: "p", semaphore: codeAddress }] },
      {},
      [PATH, "groupa", "p"],
      /semaphore in a segment of data/,
    ],
    [
      "a register of floating point",
      {},
      {},
      [PATH, "groupa", "float"],
      /argument 0 \(8f@%xmm0\).*allowUnreadable/,
    ],
    [
      "thirteen arguments",
      { points: [{ name: "p", arguments: "1@$1 ".repeat(13) }] },
      {},
      [PATH, "groupa", "p"],
      /at most 12 arguments, found 13/,
    ],
  ];
  test.each(cases)("%s", async (_, file, host, [path, provider, name], message) => {
    const object = await source.load(machine("6.18", file, host));
    expect(() => object.requireProgram("any").attachUsdt(path, provider, name)).toThrow(message);
    object.close();
  });

  test("a process id that is none", async () => {
    const object = await source.load(machine("6.18"));
    for (const pid of [-2, 1.5]) {
      expect(() => object.requireProgram("any").attachUsdt(PATH, "groupa", "probe1", { pid })).toThrow(
        /expected a process id/,
      );
    }
    object.close();
  });

  test("one place for a program of many", async () => {
    const object = await source.load(machine("6.18"));
    expect(() => object.requireProgram("any").attachUprobe(PATH, { offset: codeOffset })).toThrow(
      /attachUprobe expects a program for one place, found one for USDT points/,
    );
    object.close();
  });

  test("a program that was opened by its pin knows no maps", async () => {
    const at = machine("6.18");
    const object = await source.load(at);
    object.requireProgram("plain").pin("/sys/fs/bpf/plain");
    const program = openPinnedProgram("/sys/fs/bpf/plain", at);
    expect(() => program.attachUsdt(PATH, "groupa", "probe1")).toThrow(/opened by its pin/);
    program.close();
    at.kernel.unpin("/sys/fs/bpf/plain");
    object.close();
  });

  test("what is half attached is taken off again", async () => {
    const at = machine("6.1");
    const files = { "/other": usdtExecutable({ points }) };
    const kernel = fakeKernel({ version: "6.1", files: [] });
    kernels.push(kernel);
    const object = await source.load({ kernel, host: fakeHost({ release: "6.1", kernelBtf, files }) });
    expect(() => object.requireProgram("any").attachUsdt("/other", "groupa", "probe2")).toThrow(
      /usdt \/other/,
    );
    expect(kernel.attachments()).toEqual([]);
    expect(object.requireProgram("any").links).toEqual([]);
    object.close();
    expect(at.kernel.attachments()).toEqual([]);
  });
});

test("a semaphore is handed over as an offset in the file", async () => {
  const at = machine("6.1");
  const object = await source.load(at);
  const seen: bigint[] = [];
  const open = at.kernel.perfEventOpen.bind(at.kernel);
  at.kernel.perfEventOpen = (attr, ...rest) => {
    // perf_event_attr.config: the reference counter's offset in bits 32 to 63 (RULES 54).
    seen.push(new DataView(attr.buffer, attr.byteOffset).getBigUint64(8, true) >> 32n);
    return open(attr, ...rest);
  };
  object.requireProgram("any").attachUsdt(PATH, "groupa", "counted");
  expect(seen).toEqual([BigInt(dataOffset + 0x10)]);
  object.close();
});
