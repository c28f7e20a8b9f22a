// Draining a ring buffer in each form beside libbpf in C: goals G1, G2, G3 of docs/performance.md.
// As root, after `npm run build`: node test/bench/ring-drain.mjs [--json] [ROUNDS]. Needs cc and libbpf's headers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { encodeBtf } from "../../dist/format/btf/index.js";
import { readBtf } from "../../dist/format/btf/index.js";
import { openRingBuffer } from "../../dist/kernel/events/index.js";
import { nativeHost } from "../../dist/kernel/host/index.js";
import { nativeKernel } from "../../dist/kernel/sys/index.js";
import { buildCodec } from "../../dist/program/codec/index.js";
import { compileC, median } from "./processes.mjs";
import { openFiller } from "./ring-program.mjs";

const RING = Number(process.env.RING_MIB ?? 1) << 20;
const json = process.argv.includes("--json");
const program = compileC("ring-drain");
const kernel = nativeKernel();
const host = nativeHost();

/** `struct event { u32 tgid, ppid, uid, cpu, code, pad; char comm[16]; }`: what each form reads. */
function eventCodec() {
  const btf = readBtf(
    encodeBtf([
      { kind: "int", name: "unsigned int", size: 4, bits: 32, offset: 0, encoding: "none" },
      { kind: "int", name: "char", size: 1, bits: 8, offset: 0, encoding: "signed" },
      { kind: "array", name: "", type: 2, indexType: 1, length: 16 },
      {
        kind: "struct",
        name: "event",
        size: 40,
        hasBitfields: false,
        members: [
          ...["tgid", "ppid", "uid", "cpu", "code"].map((name, index) => ({
            name,
            type: 1,
            bitOffset: index * 32,
            bitSize: 0,
          })),
          { name: "comm", type: 3, bitOffset: 192, bitSize: 0 },
        ],
      },
    ]),
  );
  return buildCodec(btf, 4);
}

// `^` on both sides: the sums of JavaScript leave the 32 bits, and their arithmetic would be measured too.
let sum = 0;
let text = "";
const forms = {
  "in place, 6 reads": (reader) =>
    reader.drainInPlace((at, _, memory) => {
      sum ^=
        memory.i32(at) ^
        memory.i32(at + 4) ^
        memory.i32(at + 8) ^
        memory.i32(at + 12) ^
        memory.i32(at + 16) ^
        memory.i32(at + 24);
    }),
  "cursor, 2 fields": (reader) =>
    reader.drainCursor((event) => {
      sum ^= event.tgid ^ event.uid;
    }),
  "cursor, 6 fields and string": (reader) =>
    reader.drainCursor((event) => {
      sum ^= event.tgid ^ event.ppid ^ event.uid ^ event.cpu ^ event.code;
      text = event.comm;
    }),
  "objects, 6 fields": (reader) =>
    reader.drain((event) => {
      sum ^= event.tgid ^ event.uid;
      text = event.comm;
    }),
};

const sorted = (list) => [...list].sort((a, b) => a - b);
/** The tenth best percent: what a machine does whose other work disturbs less. */
const best = (list) => sorted(list)[Math.floor(list.length / 10)];

/** One record size: ratios of every form to C within each round. */
async function measure(recordBytes, rounds) {
  const count = Math.floor((RING - 8) / ((recordBytes + 15) & ~7));
  const pins = ["map", "program"].map(
    (name) => `/sys/fs/bpf/tsbpf-bench-${process.pid}-${recordBytes}-${name}`,
  );
  openFiller(kernel, RING, recordBytes).pin(...pins);
  const c = spawn(program, [...pins, String(count)], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: c.stdout });
  const codec = eventCodec();
  // A ring and a reader for each form, as in a program that uses one of them.
  const sides = Object.entries(forms).map(([name, drain]) => {
    const filler = openFiller(kernel, RING, recordBytes);
    const input = { kernel, host, fd: filler.map, name, maxEntries: RING, codec };
    return { name, drain, filler, reader: openRingBuffer(input), times: [], ratios: [] };
  });
  const reference = [];
  try {
    for (let round = 0; round < rounds * 2; round++) {
      c.stdin.write("go\n");
      const [answer] = await once(answers, "line");
      const [elapsed, records] = answer.split(" ").map(Number);
      if (records !== count) throw new Error(`C: expected ${count} records, found ${records}`);
      // Each form takes its turn behind C, where caches are cold.
      for (let turn = 0; turn < sides.length; turn++) {
        const side = sides[(round + turn) % sides.length];
        side.filler.fill(count);
        const start = performance.now();
        const drained = side.drain(side.reader);
        const time = (performance.now() - start) * 1e6;
        if (drained !== count) throw new Error(`${side.name}: expected ${count} records, found ${drained}`);
        // The first half warms up.
        if (round < rounds) continue;
        side.times.push(time / count);
        side.ratios.push(time / elapsed);
      }
      if (round >= rounds) reference.push(elapsed / records);
    }
  } finally {
    c.stdin.end();
    for (const path of pins) rmSync(path);
  }
  if (json)
    return sides.map(({ name, ratios }) => ({ form: name, bytes: recordBytes, ratio: median(ratios) }));
  const row = (name, times) =>
    `  ${name.padEnd(32)} ${median(times).toFixed(1).padStart(6)} ns, best ${best(times).toFixed(1).padStart(5)}`;
  console.log(`${recordBytes} bytes, ${count} records a round, ${rounds} rounds`);
  console.log(row("libbpf in C, callback, 6 reads", reference));
  for (const { name, times, ratios } of sides) {
    const share = (best(times) / best(reference)).toFixed(2);
    console.log(`${row(name, times)}   x ${median(ratios).toFixed(2)}, best x ${share}`);
  }
  return [];
}

const rounds = Number(process.argv.slice(2).find((word) => word !== "--json") ?? 60);
const rows = [];
for (const size of [64, 300]) rows.push(...(await measure(size, rounds)));
if (text === "" || Number.isNaN(sum)) throw new Error("nothing was read");
if (json) console.log(JSON.stringify(rows));
