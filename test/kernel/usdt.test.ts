// USDT points of real programs, on the running kernel.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { arch } from "node:os";
import { before, describe, test } from "node:test";
import type { Kernel, LoadedObject, Program } from "../../dist/kernel/index.js";
import { bpf, errorOf, leakFree, objectPath, source } from "./kernel-floor.js";
import { sys } from "./sys-door.js";
import { build, run, start, stop, zig } from "./usdt-targets.js";

interface Last {
  readonly values: readonly bigint[];
  readonly errors: readonly number[];
  readonly cookie: bigint;
  readonly count: number;
}

const EINVAL = -22;
const last = (object: LoadedObject): Last => object.variables["last"] as Last;
const hits = (object: LoadedObject): number => Number(object.variables["hits"]);

/** Runs a target while a program is attached to one of its points: what the program saw. */
function seen(
  object: LoadedObject,
  attach: (program: Program) => { detach(): void },
  target: readonly [string, ...string[]],
  name = "any",
): { values: bigint[]; errors: number[]; count: number; cookie: bigint; hits: number; status: number } {
  const before = hits(object);
  const link = attach(object.requireProgram(name));
  const status = run(...target);
  link.detach();
  const { values, errors, count, cookie } = last(object);
  const shown = Math.max(0, count);
  return {
    values: values.slice(0, shown),
    errors: errors.slice(0, shown),
    count,
    cookie,
    hits: hits(object) - before,
    status,
  };
}

/** What test/include/points.c passes in its first round, where that does not depend on the run. */
const points: Readonly<Record<string, readonly (bigint | undefined)[]>> = {
  p0: [],
  p1: [5n],
  p2: [5n, 6n],
  p3: [5n, 6n, 3n],
  p4: [5n, 6n, 3n, 4n],
  p6: [5n, 6n, 3n, 4n, 5n, -6n],
  p12: [5n, 6n, 3n, 4n, 5n, -6n, 7n, 8n, 9n, 10n, 11n, 12n],
  integers: [6n, 5n, -3n, 120n, 5n, 6n],
  // Of floating point numbers the bits; of arrays and strings the address.
  others: [undefined, undefined, 0x40a00000n, 0x4018000000000000n, 1n, 0n],
  globals: [7n, 11n],
  variadic: [5n, 6n, 3n],
};

const builds: readonly (readonly [string, readonly string[], (() => [string, ...string[]])?])[] = [
  ["optimised", ["-O2"]],
  ["as written", ["-O0"]],
  ["at fixed addresses", ["-O2", "-no-pie"]],
  ["static", ["-O2", "-static"]],
  ["by zig", ["-O1"], zig],
  ["without symbols", ["-O0", "-s"]],
  ...(arch() === "x64" ? [["for 32 bits", ["-O1", "-target", "x86-linux-musl"], zig] as const] : []),
];

describe("values", () => {
  for (const [how, flags, compiler] of builds) {
    test(`of every point of a program built ${how}`, async () => {
      const program = build("test/include/points.c", `points-${how}`, flags, compiler?.());
      await leakFree(async () => {
        const object = await source("usdt_any").load();
        for (const [name, expected] of Object.entries(points)) {
          const found = seen(object, (any) => any.attachUsdt(program, "points", name), [program]);
          assert.equal(found.count, expected.length, name);
          assert.deepEqual(
            found.values.map((value, index) => (expected[index] === undefined ? undefined : value)),
            expected,
            name,
          );
          assert.deepEqual(
            found.errors,
            expected.map(() => 0),
            name,
          );
          assert.equal(found.hits, 1, name);
        }
        object.close();
      });
    });
  }

  test("one point at two places, each with its own arguments", async () => {
    const program = build("test/include/points.c", "points-twice", ["-O2"]);
    await leakFree(async () => {
      const object = await source("usdt_any").load();
      const found = seen(object, (any) => any.attachUsdt(program, "points", "twice"), [program, "10"]);
      assert.equal(found.hits, 20);
      assert.equal((object.variables["sums"] as bigint[])[0], 10n * (5n + 6n));
      object.close();
    });
  });

  test("operands that compilers seldom choose", { skip: arch() !== "x64" && "x86-64 assembly" }, async () => {
    const program = build("test/include/odd.c", "odd", ["-O2"]);
    const object = await source("usdt_any").load();
    const values = (name: string, index = "1") =>
      seen(object, (any) => any.attachUsdt(program, "odd", name), [program, index]).values;
    assert.deepEqual(values("high"), [0xfen, -2n, 0xfe12n]);
    assert.deepEqual(values("variable"), [4711n, 300n]);
    assert.deepEqual(values("scaled"), [200n, 300n, 200n]);
    assert.deepEqual(values("scaled", "2"), [300n, 400n, 200n]);
    assert.deepEqual(values("bare"), [77n, 3n]);
    object.close();
  });

  test(
    "what no program can read is refused by name, or marked",
    { skip: arch() !== "x64" && "x86-64 assembly" },
    async () => {
      const program = build("test/include/odd.c", "odd-refused", ["-O2"]);
      await leakFree(async () => {
        const object = await source("usdt_any").load();
        const any = object.requireProgram("any");
        const refused: [string, RegExp][] = [
          ["float", /usdt .*:odd:float: .*argument 0 \(8f@%xmm0\): .*floating point/],
          ["absent", /argument 0 \(8@nowhere\(%rip\)\): its variable "nowhere"/],
          ["many", /at most 12 arguments, found 13/],
        ];
        for (const [name, message] of refused) {
          const error = await errorOf(() => any.attachUsdt(program, "odd", name));
          assert.equal(error["code"], "UNSUPPORTED");
          assert.match(error.message, message);
        }
        const found = seen(object, () => any.attachUsdt(program, "odd", "float", { allowUnreadable: true }), [
          program,
        ]);
        assert.deepEqual(found.errors, [EINVAL, 0]);
        assert.deepEqual(found.values, [0n, 9n]);
        object.close();
      });
    },
  );
});

describe("attaching", () => {
  let umark = "";
  before(() => {
    umark = build("examples/umark/umark.c", "umark", ["-O2"]);
  });

  test("by section, and by name on PATH", async () => {
    const object = await source("usdt_any").load();
    const path = process.env["PATH"];
    process.env["PATH"] = `${umark.slice(0, umark.lastIndexOf("/"))}:${path}`;
    try {
      const links = object.attach();
      assert.deepEqual(
        links.map(({ program, target }) => `${program} ${target}`),
        ["by_section usdt umark:groupb:probe2"],
        "sections without a place are left alone",
      );
    } finally {
      process.env["PATH"] = path;
    }
    run(umark, "-i", "0", "-n", "7");
    object.close();
  });

  test("one process or all, also ones that start later", async () => {
    await leakFree(async () => {
      const object = await source("usdt_any").load();
      const sums = () => (object.variables["sums"] as bigint[])[0] ?? 0n;
      const first = await start(umark, "-i", "1");
      const one = object.requireProgram("any").attachUsdt(umark, "groupa", "probe1", { pid: first.pid });
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(hits(object) > 0, "its own process is seen");
      await stop(first);
      const before = hits(object);
      run(umark, "-i", "0", "-n", "20");
      assert.equal(hits(object), before, "another process is not");
      one.detach();
      const all = object.requireProgram("any").attachUsdt(umark, "groupa", "probe1");
      run(umark, "-i", "0", "-n", "20");
      assert.equal(hits(object), before + 20);
      assert.equal(sums(), 10n * BigInt(before + 20));
      all.detach();
      object.close();
    });
  });

  test("cookies are the program's; specs have their own numbers", async () => {
    const object = await source("usdt_any").load();
    const { values, cookie } = seen(
      object,
      (any) => any.attachUsdt(umark, "groupb", "probe2", { cookie: 0xfedc_ba98n }),
      [umark, "-n", "1", "-i", "0"],
    );
    assert.deepEqual(values, [20n, 30n]);
    assert.equal(cookie, 0xfedc_ba98n);
    object.close();
  });

  test("sleepable programs, and programs of plain sections by a uprobe a place", async () => {
    const object = await source("usdt_any").load();
    for (const name of ["sleepable", "plain"]) {
      const target = [umark, "-n", "3", "-i", "0"] as const;
      const found = seen(object, (any) => any.attachUsdt(umark, "groupb", "probe2"), [...target], name);
      assert.deepEqual(found.values, [20n, 30n], name);
      assert.equal(found.hits, 3, name);
    }
    object.close();
  });

  test("a point at two places with a uprobe for each", async () => {
    const program = build("test/include/points.c", "points-each", ["-O2"]);
    await leakFree(async () => {
      const object = await source("usdt_any").load();
      const link = object.requireProgram("plain").attachUsdt(program, "points", "twice");
      assert.match((await errorOf(() => link.fd)).message, /2 places with a link each/);
      assert.equal(run(program, "5"), 0);
      link.detach();
      run(program, "5");
      assert.equal(hits(object), 10);
      object.close();
    });
  });

  test("semaphores rise and fall", async () => {
    const program = build("test/include/points.c", "points-semaphore", ["-O2"]);
    const object = await source("usdt_any").load();
    for (const name of ["any", "plain"]) {
      // The exit status is the semaphore of p1.
      const { status } = seen(object, (any) => any.attachUsdt(program, "points", "p1"), [program], name);
      assert.equal(status, 1, name);
      assert.equal(run(program), 0, name);
    }
    // The kernel counts places, not programs.
    const [first, second] = ["any", "plain"].map((name) =>
      object.requireProgram(name).attachUsdt(program, "points", "p1"),
    );
    assert.equal(run(program), 1);
    first?.detach();
    assert.equal(run(program), 1);
    second?.detach();
    assert.equal(run(program), 0);
    object.close();
  });

  test(
    "the traced program's own values stay what they are",
    { skip: arch() !== "x64" && "x86-64 assembly" },
    async () => {
      // With a nop of five bytes behind the nop, and variables below the stack pointer.
      const program = build("test/include/red-zone.c", "red-zone", ["-O2"]);
      assert.equal(run(program), 0);
      const object = await source("usdt_any").load();
      for (const name of ["any", "plain"]) {
        const found = seen(object, (any) => any.attachUsdt(program, "red", "zone"), [program], name);
        assert.equal(found.status, 0, `${name}: the program has computed wrong sums`);
        assert.deepEqual(found.values, [1n, 12n]);
        assert.equal(found.hits, 100);
      }
      object.close();
    },
  );

  test("a semaphore in a process that runs already", async () => {
    const program = build("test/include/semaphore.c", "semaphore", ["-O2"]);
    const child = await start(program);
    const object = await source("usdt_any").load();
    const link = object.requireProgram("any").attachUsdt(program, "waits", "enabled");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(hits(object) > 0, "it fires only while somebody listens");
    link.detach();
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGUSR1");
    const status = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(status, 0, "its semaphore is 0 again");
    object.close();
  });

  test("a shared library, by path and as a process has it", async () => {
    const library = build("test/include/points.c", "libpoints.so", ["-O2", "-shared", "-fPIC"]);
    const program = build("test/include/use-library.c", "use-library", [
      "-O2",
      library,
      `-Wl,-rpath,$ORIGIN`,
    ]);
    await leakFree(async () => {
      const object = await source("usdt_any").load();
      const any = object.requireProgram("any");
      const found = seen(object, () => any.attachUsdt(library, "points", "p2"), [program]);
      assert.deepEqual(found.values, [5n, 6n]);
      const child = await start(program, "loop");
      const link = any.attachUsdt("libpoints", "points", "p2", { pid: child.pid });
      const before = hits(object);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(hits(object) > before);
      await stop(child);
      link.detach();
      object.close();
    });
  });

  test("again and again without a trace, with numbers that come back", async () => {
    await leakFree(async () => {
      // The object has room for 32 specs.
      const object = await source("usdt_any").load();
      const fds = readdirSync("/proc/self/fd").length;
      for (let round = 0; round < 20; round++) {
        const link = object
          .requireProgram(round % 2 === 0 ? "any" : "plain")
          .attachUsdt(umark, "groupb", "probe2");
        link.detach();
      }
      assert.equal(readdirSync("/proc/self/fd").length, fds);
      const links = Array.from({ length: 32 }, () =>
        object.requireProgram("any").attachUsdt(umark, "groupb", "probe2"),
      );
      const error = await errorOf(() => object.requireProgram("any").attachUsdt(umark, "groupb", "probe2"));
      assert.match(error.message, /at most 32 kinds of places/);
      links[7]?.detach();
      object.requireProgram("any").attachUsdt(umark, "groupb", "probe2").detach();
      object.close();
    });
  });

  test("a pinned link keeps its spec while the number is not given to others", async () => {
    const path = `/sys/fs/bpf/tsbpf-usdt-${process.pid}`;
    const object = await source("usdt_any").load();
    const any = object.requireProgram("any");
    const link = any.attachUsdt(umark, "groupb", "probe2");
    if (link.info().type !== "uprobe_multi" && link.info().type !== "perf_event")
      assert.fail(link.info().type);
    link.pin(path);
    link.detach();
    const other = any.attachUsdt(umark, "groupa", "probe1");
    run(umark, "-i", "0", "-n", "1");
    assert.deepEqual(last(object).values.slice(0, 2), [20n, 30n]);
    other.detach();
    object.close();
    const pinned = bpf.openPinnedLink(path);
    pinned.unpin(path);
    pinned.detach();
  });

  test("errors say what was looked for and what is near", async () => {
    const object = await source("usdt_any").load();
    const any = object.requireProgram("any");
    const cases: [() => unknown, RegExp][] = [
      [
        () => any.attachUsdt(umark, "groupa", "prob1"),
        /groupa:prob1, found none.*did you mean "groupa:probe1"/,
      ],
      [() => any.attachUsdt(umark, "group", "probe2"), /did you mean "groupb:probe2"/],
      [() => any.attachUsdt(process.execPath, "node", "gc"), /expected USDT points, found none in the file/],
      [() => any.attachUsdt("/nowhere", "a", "b"), /usdt \/nowhere:a:b: .*found none/],
      [() => any.attachUsdt("/etc/passwd", "a", "b"), /ELF/],
      [() => any.attachUsdt(objectPath("usdt_any"), "a", "b"), /x86-64|arm64/],
      [() => any.attachUsdt(umark, "groupa", "probe1", { pid: -2 }), /process id, found -2/],
      [() => any.attachUsdt(umark, "groupa", "probe1", { pid: 4_000_000 }), /no process 4000000/],
    ];
    for (const [body, message] of cases) assert.match((await errorOf(body)).message, message);
    object.close();
  });
});

describe("as on kernels before 5.15", () => {
  /** This kernel without attach cookies, as far as tsbpf's probe can tell: the object then asks for addresses. */
  function withoutCookies(): Kernel {
    const kernel = sys.nativeKernel();
    const bpfCommand = kernel.bpf.bind(kernel);
    return {
      ...kernel,
      bpf: (command, attr, references = []) => {
        const type = new DataView(attr.buffer, attr.byteOffset).getUint32(0, true);
        const log = references.find(({ buffer }) => buffer.length === 4096)?.buffer;
        // BPF_PROG_LOAD of a tracepoint program with a log: that is the probe.
        if (command !== 5 || type !== 5 || log === undefined) return bpfCommand(command, attr, references);
        log.set(new TextEncoder().encode("invalid func unknown#174\0"));
        return EINVAL;
      },
    };
  }

  test("fixed addresses for all, others in a process: by the address where the program is", async () => {
    const fixed = build("examples/umark/umark.c", "umark-fixed", ["-O2", "-no-pie"]);
    const anywhere = build("examples/umark/umark.c", "umark-anywhere", ["-O2", "-pie", "-fPIE"]);
    await leakFree(async () => {
      const object = await source("usdt_any").load({ kernel: withoutCookies() });
      const any = object.requireProgram("any");
      const addresses = () => [...object.requireMap("__bpf_usdt_ip_to_spec_id").keys()].length;
      const found = seen(object, () => any.attachUsdt(fixed, "groupb", "probe2", { cookie: 3n }), [
        fixed,
        "-i",
        "0",
        "-n",
        "2",
      ]);
      assert.deepEqual([found.values, found.cookie, found.hits], [[20n, 30n], 3n, 2]);
      assert.equal(addresses(), 0);
      const error = await errorOf(() => any.attachUsdt(anywhere, "groupb", "probe2"));
      assert.equal(error["code"], "KERNEL_FEATURE");
      const child = await start(anywhere, "-i", "1");
      const before = hits(object);
      const link = any.attachUsdt(anywhere, "groupa", "probe1", { pid: child.pid });
      assert.equal(addresses(), 1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(hits(object) > before);
      assert.deepEqual(last(object).values.slice(0, 2), [10n, 0n]);
      await stop(child);
      link.detach();
      assert.equal(addresses(), 0);
      object.close();
    });
  });
});

/** Objects that libbpf's own headers were compiled into. */
describe("headers of other generations", () => {
  const folders = (process.env["TSBPF_USDT_HEADERS"] ?? "/usr/include").split(":");
  const umark = () => build("examples/umark/umark.c", "umark-generations", ["-O2"]);
  for (const folder of folders) {
    let header = "";
    try {
      header = readFileSync(`${folder}/bpf/usdt.bpf.h`, "utf8");
    } catch {
      // Said by the test.
    }
    test(`${folder}/bpf/usdt.bpf.h`, { skip: header === "" && "there is no such file" }, async () => {
      const { compileWith } = await import("./usdt-headers.js");
      const object = await bpf.readObjectBytes(await compileWith(folder), { name: "generation" }).load();
      const program = umark();
      const { values, errors } = seen(
        object,
        (any) => any.attachUsdt(program, "groupb", "probe2", { cookie: 5n }),
        [program, "-i", "0", "-n", "3"],
      );
      assert.deepEqual(values, [20n, 30n]);
      assert.deepEqual(errors, [0, 0]);
      object.close();
    });
  }
});
