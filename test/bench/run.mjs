// npm run bench [-- NAME… --json --rounds N]: how long tsbpf takes for what libbpf does in C, as ratios, beside the
// goals of docs/performance.md. As root, after `npm run build`; needs cc and libbpf's headers (libbpf-dev).
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  compileBpf,
  compileC,
  median,
  rotate,
  runNode,
  runProgram,
  timeNode,
  timeProgram,
} from "./processes.mjs";

/** Structs that tracing programs ask for. */
const names = (
  "task_struct mm_struct file dentry inode super_block nsproxy cred signal_struct pid net sock sk_buff net_device " +
  "vm_area_struct fs_struct files_struct bio request timer_list"
).split(" ");

const kernelTypes = "/sys/kernel/btf/vmlinux";

/** Open and load (and attach): the first of a process is cold, the median of the others warm. */
function load(object, rounds, attach) {
  const args = [object, "6", ...(attach ? ["attach"] : [])];
  const program = compileC("load");
  const cold = ([first]) => first;
  const warm = ([, ...others]) => median(others);
  return rotate(
    rounds,
    () => {
      const { imported, times } = runNode("load.mjs", ...args);
      return { cold: cold(times), warm: warm(times), "cold, with import": imported + cold(times) };
    },
    () => {
      const times = runProgram(program, ...args);
      return { cold: cold(times), warm: warm(times), "cold, with import": cold(times) };
    },
  );
}

/** Each gives rows of [goal, what, ratio, limit]; a limit of undefined is a row for information. */
const benches = {
  ring: (rounds) =>
    runNode("ring-drain.mjs", "--json", String(rounds * 3)).map(({ form, bytes, ratio }) => {
      const [goal, limits] = {
        "in place, 6 reads": ["G1", { 64: 1.2, 300: 1.2 }],
        "cursor, 6 fields and string": ["G2", { 64: 2, 300: 1.5 }],
        "objects, 6 fields": ["G3", { 64: 3.5 }],
      }[form] ?? ["", {}];
      return [goal, `ring buffer, ${bytes} B: ${form}`, ratio, limits[bytes]];
    }),
  core: (rounds) => {
    const ratios = load(compileBpf("test/bench/core-heavy.bpf.c"), rounds, false);
    const what = "open, load: object with 40 CO-RE chains";
    return [
      ["G7", `${what}, cold`, ratios.cold, 0.7],
      ["G7", `${what}, warm`, ratios.warm, 0.3],
      ["", `${what}, cold, with import`, ratios["cold, with import"]],
    ];
  },
  execve: (rounds) => {
    const ratios = load(compileBpf("examples/trace_execve/trace_execve.bpf.c"), rounds, true);
    const what = "open, load, attach: trace_execve";
    return [
      ["G8", `${what}, cold`, ratios.cold, 1.2],
      ["", `${what}, warm`, ratios.warm],
      ["", `${what}, cold, with import`, ratios["cold, with import"]],
    ];
  },
  btf: (rounds) => {
    const program = compileC("kernel-btf");
    const side = ({ time, sum }) => ({ time, sum });
    const ratios = rotate(
      rounds,
      () => side(runNode("kernel-btf.mjs", ...names)),
      () => side(runProgram(program, ...names)),
    );
    if (ratios.sum !== 1) throw new Error("expected the same types on both sides, found others");
    return [["", "index of the kernel's types and 20 structs by name, cold", ratios.time]];
  },
  vmlinux: (rounds) => {
    const header = fileURLToPath(new URL("../../build/bench/vmlinux.h", import.meta.url));
    const main = fileURLToPath(new URL("../../lib/cli/main.js", import.meta.url));
    const memory = [];
    const ratios = rotate(
      rounds,
      () => {
        const printed = runNode("vmlinux.mjs");
        memory.push(printed.memory);
        const command = timeProgram(process.execPath, [main, "vmlinux", "-o", header]);
        return { print: printed.time, command: command - timeNode("") };
      },
      () => {
        const time = timeProgram("bpftool", ["btf", "dump", "file", kernelTypes, "format", "c"], {
          file: header,
        });
        return { print: time, command: time };
      },
    );
    return [
      ["G10", "vmlinux.h printed and written, to bpftool", ratios.print, 0.8],
      ["", "the same as a command, Node's start excluded", ratios.command],
      ["G10", "its peak memory, to 100 MB", median(memory) / 100, 1],
    ];
  },
  build: async (rounds) => {
    const { prepareBuilds, ours, theirs } = await import("./build.mjs");
    await prepareBuilds();
    const times = [];
    const ratios = rotate(
      rounds,
      () => {
        times.push(ours());
        return { time: times.at(-1) };
      },
      () => ({ time: theirs() }),
    );
    const what = "build, 50 programs, nothing changed, Node's start excluded";
    return [
      ["G15", `${what}, to make`, ratios.time, 1],
      ["G15", `${what}, to 150 ms`, median(times) / 150, 1],
    ];
  },
  import: (rounds) => {
    const from = JSON.stringify(import.meta.resolve("tsbpf"));
    const { time } = rotate(
      rounds,
      () => ({ time: timeNode(`await import(${from})`) }),
      () => ({ time: timeNode("") }),
    );
    return [["", 'node -e \'import "tsbpf"\' to node -e ""', time]];
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, rounds: { type: "string", default: "15" } },
});
const unknown = positionals.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`bench: unknown name ${unknown.join(", ")}: expected ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
if (!existsSync(fileURLToPath(new URL("../../lib/index.js", import.meta.url))))
  execFileSync("npm", ["run", "build"], { stdio: "inherit" });

const rows = [];
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  for (const [goal, what, ratio, limit] of await bench(Number(values.rounds))) {
    const met = limit === undefined ? undefined : ratio <= limit;
    rows.push({ goal, what, ratio: Number(ratio.toFixed(2)), limit, met });
  }
}
if (values.json) {
  console.log(JSON.stringify(rows, undefined, 2));
} else {
  console.log("| Goal | Work | tsbpf / libbpf | Limit | |\n|---|---|---|---|---|");
  for (const { goal, what, ratio, limit, met } of rows) {
    const verdict = met === undefined ? "" : met ? "met" : "missed";
    console.log(`| ${goal} | ${what} | ${ratio.toFixed(2)} | ${limit ?? ""} | ${verdict} |`);
  }
}
