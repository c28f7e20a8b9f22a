// Loads an object with tsbpf, says what the kernel then holds, and watches that nothing is left of it.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Floor from "../../../dist/kernel/index.js";
import { bpf } from "../kernel-floor.js";
import { countFds, sys } from "../sys-door.js";
import type { NamedFacts } from "./compare.js";
import type { Ids, ReferenceLoader } from "./reference-loader.js";

const kernel = sys.nativeKernel();

/** Commands of bpf(2), <linux/bpf.h>. */
const nextId = { program: 11, map: 12, btf: 23 } as const;

/** What is in the kernel while the object is loaded. */
export async function factsOf(
  loader: ReferenceLoader,
  path: string,
  settings: Floor.LoadOptions,
  // pins outlive close() and keep what is pinned
  unpin: () => void = () => {},
): Promise<NamedFacts> {
  const fdsBefore = countFds();
  const btfsBefore = btfIds();
  const loaded = await bpf.readObjectFile(path).load(settings);
  let ids: Ids = { programs: [], maps: [] };
  try {
    const programs = Object.keys(loaded.programs);
    const maps = Object.keys(loaded.maps);
    ids = {
      programs: programs.map((name) => loaded.requireProgram(name).info().id),
      maps: maps.map((name) => loaded.requireMap(name).info().id),
      btf: btfIds().find((id) => !btfsBefore.includes(id)),
    };
    const facts = loader.describe(ids);
    return {
      programs: new Map(facts.programs.map((program, index) => [programs[index] ?? "", program])),
      maps: new Map(facts.maps.map((map, index) => [maps[index] ?? "", map])),
      btf: facts.btf,
    };
  } finally {
    loaded.close();
    unpin();
    assert.equal(countFds(), fdsBefore, "fds after close()");
    await gone(nextId.program, ids.programs);
    await gone(nextId.map, ids.maps);
    await gone(nextId.btf, ids.btf === undefined ? [] : [ids.btf]);
  }
}

/** Ids of the BTF objects that this process holds open. */
function btfIds(): number[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      if (!/\[?btf\]?$/.test(readlinkSync(`/proc/self/fd/${fd}`))) return [];
      return [Number(/^btf_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1])];
    } catch {
      return []; // the fd of this listing
    }
  });
}

/** The kernel lets go of maps a grace period after their last program. */
async function gone(command: number, ids: readonly number[]): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const left = ids.filter((id) => isThere(command, id));
    if (left.length === 0) return;
    assert.ok(Date.now() < end, `still in the kernel: ${left.join(", ")} of bpf command ${command}`);
    await sleep(2);
  }
}

/** Whether the id that follows `id - 1` is `id`: asking takes no reference. */
function isThere(command: number, id: number): boolean {
  const attr = new Uint32Array([id - 1, 0, 0]);
  return kernel.bpf(command, new Uint8Array(attr.buffer)) === 0 && attr[1] === id;
}
