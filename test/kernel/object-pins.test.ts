// Pins: by name, by path, reuse and refusal (RULES 12, 13).
import assert from "node:assert/strict";
import { existsSync, rmSync, rmdirSync, statSync } from "node:fs";
import { afterEach, test } from "node:test";
import { bpf, errorOf, leakFree, source } from "./kernel-floor.js";

const directory = "/sys/fs/bpf/tsbpf-pins";
const hash = `${directory}/tsbpf_pinned_hash`;
const array = `${directory}/tsbpf_pinned_array`;

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("maps are pinned by name below the pin root, whose last level is made with mode 0700 (RULES 12)", async () => {
  await leakFree(async () => {
    const first = await source("map_pinned").load({ pinRoot: directory });
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.deepEqual(
      [existsSync(hash), existsSync(array), existsSync(`${directory}/not_pinned`)],
      [true, true, false],
    );
    first.requireMap("tsbpf_pinned_hash").set(1, 11);
    const { id } = first.requireMap("tsbpf_pinned_hash").info();
    first.close();

    const second = await source("map_pinned").load({ pinRoot: directory });
    assert.equal(second.requireMap("tsbpf_pinned_hash").info().id, id);
    assert.equal(second.requireMap("tsbpf_pinned_hash").get(1), 11);
    second.close();
    assert.equal(existsSync(hash), true, "close leaves pins");
  });
});

test("a pinned map that does not fit is refused with the differences (RULES 13)", async () => {
  await leakFree(async () => {
    const first = await source("map_pinned").load({ pinRoot: directory });
    const error = await errorOf(() =>
      source("map_pinned").load({ pinRoot: directory, maps: { tsbpf_pinned_hash: { maxEntries: 9 } } }),
    );
    assert.equal(error["code"], "ARGUMENT");
    assert.match(
      error.message,
      /map "tsbpf_pinned_hash": expected of the map pinned at .*: entries 9, found 8/,
    );
    assert.equal(existsSync(hash), true, "a reused pin stays");
    first.close();
  });
});

test("a map is given to another object, by itself or by its fd, and stays its owner's", async () => {
  await leakFree(async () => {
    const maps = { tsbpf_pinned_hash: { pin: false }, tsbpf_pinned_array: { pin: false } };
    const first = await source("map_pinned").load({ maps });
    const reuse = first.requireMap("tsbpf_pinned_hash");
    const second = await source("map_pinned").load({
      maps: { ...maps, tsbpf_pinned_hash: { pin: false, reuse } },
    });
    second.requireMap("tsbpf_pinned_hash").set(5, 6);
    second.close();
    assert.equal(reuse.get(5), 6);
    const misfit = await errorOf(() =>
      source("map_pinned").load({ maps: { ...maps, tsbpf_pinned_array: { pin: false, reuse: reuse.fd } } }),
    );
    assert.match(misfit.message, /expected of the map to reuse: type array, found hash/);
    first.close();
  });
});

test("maps, programs and links are pinned, opened and unpinned", async () => {
  await leakFree(async () => {
    const object = await source("map_pinned").load({ pinRoot: directory });
    const program = await source("globals_basic").load();
    const link = program.requireProgram("use").attach();
    program.requireProgram("use").pin(`${directory}/use`);
    link.pin(`${directory}/link`);
    link.detach();
    program.close();

    const opened = bpf.openPinnedMap(hash);
    opened.set(3, 4);
    assert.equal(object.requireMap("tsbpf_pinned_hash").get(3), 4);
    assert.equal(opened.name, "tsbpf_pinned_ha");
    opened.close();
    const again = bpf.openPinnedProgram(`${directory}/use`);
    assert.equal(again.type, "raw_tracepoint");
    const second = again.attachRawTracepoint("sys_exit");
    assert.equal(second.info().programId, again.info().id);
    again.close();
    const held = bpf.openPinnedLink(`${directory}/link`);
    assert.equal(held.info().type, "raw_tracepoint");
    held.unpin(`${directory}/link`);
    held.detach();
    object.close();
  });
});

test("a map unpins what it pinned", async () => {
  await leakFree(async () => {
    const object = await source("map_pinned").load({ pinRoot: directory });
    const map = object.requireMap("not_pinned");
    map.pin(`${directory}/extra`);
    assert.match(
      (await errorOf(() => map.pin(`${directory}/extra`))).message,
      /EEXIST: something is pinned there/,
    );
    map.unpin();
    assert.equal(existsSync(`${directory}/extra`), false);
    map.unpin(`${directory}/extra`);
    object.close();
  });
});

test("a path that is no BPF file system, or lies too deep, is refused before the kernel is asked", async () => {
  await leakFree(async () => {
    const wrong = await errorOf(() => source("map_pinned").load({ pinRoot: "/tmp" }));
    assert.equal(wrong["code"], "DENIED");
    assert.match(wrong.message, /expected a BPF file system at \/tmp, found file system type 0x/);
    const deep = await errorOf(() => source("map_pinned").load({ pinRoot: `${directory}/a/b` }));
    assert.match(deep.message, /expected a BPF file system at .*tsbpf-pins\/a, found no such directory/);
    const missing = await errorOf(() => bpf.openPinnedMap(`${directory}/nothing`));
    assert.match(missing.message, /ENOENT: nothing is pinned there/);
  });
});

test("the directory of a refused load stays empty", async () => {
  await leakFree(async () => {
    await errorOf(() =>
      source("map_pinned").load({
        pinRoot: directory,
        maps: { tsbpf_pinned_array: { maxEntries: 0 } },
      }),
    );
    rmdirSync(directory);
  });
});
