// uprobes on the running kernel: every way to attach, right values, nothing left behind.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bpf, errorOf, leakFree, openObjects, source } from "./kernel-floor.js";
import { compileTarget, noCompiler, startTarget } from "./probe-target.js";

const skip = noCompiler;
const path = skip === undefined ? compileTarget("probed") : "";
const load = async () => {
  const object = await source("probes").load();
  const value = (name: string) => Number(object.variables[name]);
  return { object, entry: object.requireProgram("user_entry"), value };
};
const uprobeEvents = () => readFileSync("/sys/kernel/tracing/uprobe_events", "utf8");

for (const attachMode of ["default", "link", "perf", "legacy"] as const) {
  test(`attachMode ${attachMode}: entry with arguments, return with the result`, { skip }, async () => {
    await leakFree(async () => {
      const before = uprobeEvents();
      const { object, entry, value } = await load();
      const target = startTarget(path);
      const link = entry.attachUprobe(path, "probed", { attachMode });
      const back = object
        .requireProgram("user_return")
        .attachUprobe(path, { symbol: "probed" }, { attachMode });
      assert.equal(link.target, `uprobe ${path}:probed`);
      assert.equal(back.target, `uretprobe ${path}:probed`, "by its section");
      assert.equal(
        uprobeEvents() === before,
        attachMode !== "legacy",
        "tracefs is only used when it is asked for",
      );
      assert.equal((await target.call(10)).sum, 165);
      assert.deepEqual(
        { hits: value("hits"), first: value("first"), second: value("second") },
        { hits: 10, first: 55, second: 110 },
      );
      assert.deepEqual({ returns: value("returns"), result: value("result") }, { returns: 10, result: 165 });
      if (attachMode === "default" || attachMode === "link") assert.equal(link.info().type, "perf_event");
      else assert.equal((await errorOf(() => link.fd))["code"], "UNSUPPORTED");
      link.detach();
      back.detach();
      await target.call(10);
      assert.equal(value("hits"), 10);
      assert.equal(value("returns"), 10);
      assert.equal(uprobeEvents(), before);
      await target.end();
      object.close();
    });
  });
}

test("cookies tell attachments apart; an ioctl carries none", { skip }, async () => {
  await leakFree(async () => {
    const { object, entry, value } = await load();
    const target = startTarget(path);
    const link = entry.attachUprobe(path, "probed", { cookie: 0xfedc_ba98_7654_3210n });
    await target.call(1);
    assert.equal(object.variables["cookie"], 0xfedc_ba98_7654_3210n);
    link.detach();
    for (const attachMode of ["perf", "legacy"] as const) {
      const error = await errorOf(() => entry.attachUprobe(path, "probed", { cookie: 1, attachMode }));
      assert.equal(error["code"], "ARGUMENT");
      assert.match(error.message, /expected no cookie: an attachment by ioctl cannot carry one/);
    }
    assert.equal(value("hits"), 1);
    await target.end();
    object.close();
  });
});

test(
  "places: symbol, symbol+offset, a hidden function, an offset; and they are the same",
  { skip },
  async () => {
    await leakFree(async () => {
      const { object, entry, value } = await load();
      const target = startTarget(path);
      const offset = bpf.symbolOffset(path, "probed");
      const places = [
        "probed",
        "probed+0",
        `0x${offset.toString(16)}`,
        { offset },
        { symbol: "probed", offset: 0 },
        { symbol: "probed_hidden" },
      ];
      for (const place of places) {
        const before = value("hits");
        const link = entry.attachUprobe(path, place);
        await target.call(1);
        assert.equal(value("hits"), before + 1, JSON.stringify(place));
        link.detach();
      }
      // An instruction further in: x86-64 and arm64 both start `a + b` within 16 bytes.
      const [, second = "0"] =
        /^\s*[0-9a-f]+ <probed>:\n.*\n\s*([0-9a-f]+):/m.exec(disassembly("probed")) ?? [];
      const inside = Number.parseInt(second, 16) - offset;
      if (inside > 0) {
        const link = entry.attachUprobe(path, `probed+${inside}`);
        const before = value("hits");
        await target.call(3);
        assert.equal(value("hits"), before + 3);
        link.detach();
      }
      await target.end();
      object.close();
    });
  },
);

function disassembly(name: string): string {
  return spawnSync("objdump", ["-d", `--disassemble=${name}`, path], { encoding: "utf8" }).stdout ?? "";
}

test("pid: only that process counts, also in legacy mode; 0 is this one", { skip }, async () => {
  await leakFree(async () => {
    const { object, entry, value } = await load();
    const one = startTarget(path);
    const two = startTarget(path);
    for (const attachMode of ["default", "legacy"] as const) {
      const before = value("hits");
      const link = entry.attachUprobe(path, "probed", { pid: one.pid, attachMode });
      await two.call(5);
      assert.equal(value("hits"), before);
      await one.call(5);
      assert.equal(value("hits"), before + 5);
      link.detach();
    }
    const self = entry.attachUprobe(path, "probed", { pid: 0 });
    const before = value("hits");
    await one.call(5);
    assert.equal(value("hits"), before);
    self.detach();
    const gone = await errorOf(() => entry.attachUprobe(path, "probed", { pid: 4_194_303 }));
    assert.match(gone.message, /ESRCH: there is no process 4194303 \(leave pid out to see all processes\)/);
    await one.end();
    await two.end();
    object.close();
  });
});

test("a reference counter is raised while the probe is there, in each mode", { skip }, async () => {
  await leakFree(async () => {
    const { object, entry } = await load();
    const target = startTarget(path);
    const sections = execFileSync("readelf", ["-SW", path], { encoding: "utf8" });
    const [, address = "", place = ""] = /\.probes\s+PROGBITS\s+([0-9a-f]+) ([0-9a-f]+)/.exec(sections) ?? [];
    assert.notEqual(address, "");
    const refCtrOffset = Number.parseInt(place, 16);
    for (const attachMode of ["default", "perf", "legacy"] as const) {
      assert.equal((await target.call(1)).counter, 0);
      const link = entry.attachUprobe(path, "probed", { refCtrOffset, attachMode });
      assert.equal((await target.call(1)).counter, 1, attachMode);
      link.detach();
      assert.equal((await target.call(1)).counter, 0);
    }
    await target.end();
    object.close();
  });
});

test("sleepable programs; libraries by name; programs by name on PATH", { skip }, async () => {
  await leakFree(async () => {
    const { object, value } = await load();
    const target = startTarget(path);
    const link = object.requireProgram("user_sleepable").attachUprobe(path, "probed");
    await target.call(4);
    assert.equal(value("hits"), 4);
    link.detach();
    const entry = object.requireProgram("user_entry");
    // The target's own libc, as it is mapped in it.
    const before = value("hits");
    const libc = entry.attachUprobe("libc.so.6", "fgets", { pid: target.pid });
    await target.call(1);
    assert.ok(value("hits") > before);
    libc.detach();
    // bash exports its functions, so that loadable builtins can call them; this one runs the text of -c.
    const shell = entry.attachUprobe("bash", "parse_and_execute");
    const earlier = value("hits");
    execFileSync("bash", ["-c", "true"]);
    assert.ok(value("hits") >= earlier + 1);
    shell.detach();
    await target.end();
    object.close();
  });
});

test("a target that exits, is replaced on disk, is stripped", { skip }, async () => {
  await leakFree(async () => {
    const { object, entry, value } = await load();
    const copy = compileTarget("replaced");
    const first = startTarget(copy);
    const link = entry.attachUprobe(copy, "probed", { pid: first.pid });
    await first.call(2);
    assert.equal(value("hits"), 2);
    await first.end();
    link.detach();
    // A new file under the old path: a probe by path is on the new one, one of the process on what it runs.
    const old = startTarget(copy);
    await old.call(1);
    rmSync(copy);
    copyFileSync(path, copy);
    const byPath = entry.attachUprobe(copy, "probed");
    await old.call(2);
    assert.equal(value("hits"), 2, "the old file is another one");
    byPath.detach();
    const byProcess = entry.attachUprobe(copy, "probed", { pid: old.pid });
    await old.call(2);
    assert.equal(value("hits"), 4);
    byProcess.detach();
    await old.end();

    const stripped = compileTarget("stripped", "-s");
    const missing = await errorOf(() => entry.attachUprobe(stripped, "probed"));
    assert.equal(missing["code"], "ARGUMENT");
    assert.match(missing.message, /expected a function probed in the file, found none/);
    const offset = bpf.symbolOffset(compileTarget("unstripped"), "probed");
    const third = startTarget(stripped);
    const byOffset = entry.attachUprobe(stripped, { offset });
    const before = value("hits");
    await third.call(3);
    assert.equal(value("hits"), before + 3);
    byOffset.detach();
    await third.end();
    object.close();
  });
});

test("what is refused says what was found, and leaves nothing behind", { skip }, async () => {
  await leakFree(async () => {
    const { object, entry } = await load();
    const cases: [() => unknown, RegExp][] = [
      [
        () => entry.attachUprobe(path, "probe"),
        /uprobe .*probed:probe: expected a function probe in the file, found none \(did you mean "probed"\?\)/,
      ],
      [
        () => entry.attachUprobe(path, { offset: 1 }),
        /expected an offset in the file's code \(0x[0-9a-f]+ to 0x[0-9a-f]+\), found 0x1/,
      ],
      [
        () => entry.attachUprobe("/no/such/file", "x"),
        /\/no\/such\/file: expected a readable file, found none/,
      ],
      [() => entry.attachUprobe("/etc/passwd", "x"), /expected an ELF file: 7f 45 4c 46/],
      [
        () => entry.attachUprobe("no-such-program", "x"),
        /expected a program on PATH or a library, found none called so/,
      ],
      [() => entry.attachUprobe(path, {}), /expected a symbol or an offset, found neither/],
      [
        () => entry.attachUprobe(path, "probed+1", { retprobe: true }),
        /expected a function without an offset, found \+0x1/,
      ],
      [() => entry.attachUprobe(path, "probed", { pid: 1.5 }), /expected a process id, found 1\.5/],
      [
        () => object.requireProgram("user_entry").attachTracepoint("sched", "sched_switch"),
        /attachTracepoint expects a program of type tracepoint/,
      ],
      [() => entry.attachUprobeMulti(path, "probed"), /attachUprobeMulti expects a program for many places/],
    ];
    for (const [body, message] of cases) assert.match((await errorOf(body)).message, message);
    assert.deepEqual(object.links, []);
    object.close();
  });
});

test("events of dead processes are removed from tracefs, those of living ones stay", { skip }, async () => {
  await leakFree(async () => {
    const { object, entry } = await load();
    const file = "/sys/kernel/tracing/uprobe_events";
    const [, namespace = ""] =
      /\[(\d+)\]/.exec(execFileSync("readlink", ["/proc/self/ns/pid"], { encoding: "utf8" })) ?? [];
    const offset = bpf.symbolOffset(path, "probed").toString(16);
    const names = {
      dead: `tsbpf_4194303_${namespace}_0badf00d_probed`,
      living: `tsbpf_1_${namespace}_0badf00d_probed`,
      elsewhere: "tsbpf_4194303_1_0badf00d_probed",
    };
    for (const name of Object.values(names)) appendFileSync(file, `p:uprobes/${name} ${path}:0x${offset}\n`);
    try {
      entry.attachUprobe(path, "probed", { attachMode: "legacy" }).detach();
      const left = uprobeEvents();
      assert.doesNotMatch(left, new RegExp(names.dead));
      assert.match(left, new RegExp(names.living));
      assert.match(left, new RegExp(names.elsewhere));
    } finally {
      appendFileSync(file, `-:uprobes/${names.living}\n`);
      appendFileSync(file, `-:uprobes/${names.elsewhere}\n`);
    }
    object.close();
  });
});

test("concurrent attachments at one place and at several do not disturb each other", { skip }, async () => {
  await leakFree(async () => {
    const objects = await Promise.all([load(), load(), load()]);
    const target = startTarget(path);
    const links = objects.flatMap(({ entry }, index) =>
      (["default", "perf", "legacy"] as const).map((attachMode) =>
        entry.attachUprobe(path, index === 2 ? "probed_more" : "probed", { attachMode }),
      ),
    );
    await target.call(4);
    assert.deepEqual(
      objects.map(({ value }) => value("hits")),
      [12, 12, 3],
    );
    for (const link of links.slice(0, 3)) link.detach();
    await target.call(4);
    assert.deepEqual(
      objects.map(({ value }) => value("hits")),
      [12, 24, 6],
    );
    await target.end();
    for (const { object } of objects) object.close();
  });
});

test("attached and detached many times, leaking nothing", { skip }, async () => {
  // Each detaching waits for the kernel to forget the probe, 100 ms (libbpf's takes the same).
  const rounds = Number(process.env["TSBPF_ROUNDS"] ?? 60);
  await leakFree(async () => {
    const events = uprobeEvents();
    const { object, entry, value } = await load();
    const offset = bpf.symbolOffset(path, "probed");
    const before = openObjects().length;
    const ids = new Set<number>();
    for (let round = 0; round < rounds; round++) {
      const link = entry.attachUprobe(path, { offset }, { cookie: round });
      ids.add(link.info().id);
      link.detach();
    }
    for (const attachMode of ["perf", "legacy"] as const) {
      for (let round = 0; round < rounds / 6; round++) {
        entry.attachUprobe(path, { offset }, { attachMode }).detach();
      }
    }
    assert.equal(ids.size, rounds, "a link of its own each time");
    assert.equal(openObjects().length, before);
    assert.deepEqual(entry.links, []);
    assert.equal(uprobeEvents(), events);
    const target = startTarget(path);
    await target.call(3);
    assert.equal(value("hits"), 0);
    await target.end();
    object.close();
  });
});

test("no reference to the file is left: a file system that held it can be unmounted", { skip }, async (t) => {
  await leakFree(async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbpf-mount-"));
    if (spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder]).status !== 0) {
      rmSync(folder, { recursive: true });
      t.skip("needs the privilege to mount a tmpfs");
      return;
    }
    const { object, entry } = await load();
    try {
      copyFileSync(path, `${folder}/probed`);
      for (const attachMode of ["default", "perf", "legacy"] as const) {
        entry.attachUprobe(`${folder}/probed`, "probed", { attachMode }).detach();
      }
    } finally {
      object.close();
      const { status, stderr } = spawnSync("umount", [folder], { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      rmSync(folder, { recursive: true });
    }
  });
});
