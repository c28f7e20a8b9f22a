// Do real programs give the same with our headers as with libbpf's?
//
//   node test/headers/run.mjs SOURCES [--libbpf DIR] [--vmlinux DIR] [--include DIR]… [--compiler NAME]
//                             [--load] [--only TEXT] [--json FILE]
//
// SOURCES is a folder of foreign BPF sources, DIR of --libbpf one that holds bpf/bpf_helpers.h (default
// /usr/include); neither comes with this repository. Each *.bpf.c is compiled with both sets of headers by each
// compiler. What compiles with libbpf's must compile with ours, without further warnings, into an object with the
// same programs, maps, variables and externs; programs with other instructions are counted. With --load (root)
// both objects go into this kernel, where each program must load, or be refused for the same reason; equal tags are
// counted. The environment: TSBPF_SOURCES, TSBPF_LIBBPF_HEADERS. Exits 1 if a source fell short, and 2 if the
// arguments make no sense.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { vmlinuxFolder } from "../../dist/toolchain/vmlinux/index.js";
import { compile, compilers, findSources, ourHeaders } from "./compile.mjs";
import { codeOf, loadOnKernel, surfaceOf } from "./load.mjs";

const text = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    libbpf: { ...text, default: process.env.TSBPF_LIBBPF_HEADERS ?? "/usr/include" },
    vmlinux: text,
    include: { ...text, multiple: true, default: [] },
    compiler: { ...text, multiple: true, default: Object.keys(compilers) },
    load: { type: "boolean", default: false },
    only: { ...text, default: "" },
    json: text,
  },
});
const sources = positionals[0] ?? process.env.TSBPF_SOURCES;
if (sources === undefined || positionals.length > 1) {
  console.error(
    "usage: node test/headers/run.mjs SOURCES [--libbpf DIR] [--load] …: see the head of this file",
  );
  process.exit(2);
}
const top = resolve(sources);
const vmlinux = values.vmlinux === undefined ? vmlinuxFolder() : resolve(values.vmlinux);
const work = mkdtempSync(join(tmpdir(), "tsbpf-headers-"));

/** Lines of `more` that `less` does not have as often. */
function surplus(more, less) {
  const left = new Map();
  for (const line of less) left.set(line, (left.get(line) ?? 0) + 1);
  return more.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

async function examine(source, compiler, index) {
  const one = (headers, object) =>
    compile({
      compiler,
      headers,
      source,
      top,
      vmlinux,
      includes: values.include.map((path) => resolve(path)),
      object,
    });
  // The same name twice: it appears in messages that are compared.
  const objects = ["ours", "theirs"].map((set) => join(work, set, `${index}-${compiler}.bpf.o`));
  const ours = await one(ourHeaders, objects[0]);
  const theirs = await one(resolve(values.libbpf), objects[1]);
  const result = {
    source: relative(top, source),
    compiler,
    problems: /** @type {string[]} */ ([]),
    notes: /** @type {string[]} */ ([]),
  };
  const first = (messages) => messages.find(({ severity }) => severity !== "warning")?.line ?? "no message";
  if (!theirs.ok) {
    result.verdict = ours.ok ? "only ours compiles" : "neither compiles";
    result.notes.push(first(theirs.messages));
    if (!ours.ok) result.notes.push(first(ours.messages));
    return result;
  }
  if (!ours.ok) {
    result.verdict = "only theirs compiles";
    result.problems.push(first(ours.messages));
    return result;
  }
  result.verdict = "both compile";
  const warnings = ({ messages }) => messages.map(({ text: message }) => message.replace(/'[^']*'/g, "'…'"));
  for (const line of surplus(warnings(ours), warnings(theirs))) result.problems.push(`new warning: ${line}`);
  const [mine, other] = objects.map((object) => surfaceOf(object));
  for (const line of surplus(mine, other)) result.problems.push(`only with ours: ${line}`);
  for (const line of surplus(other, mine)) result.problems.push(`only with theirs: ${line}`);
  const [code, otherCode] = objects.map((object) => codeOf(object));
  result.otherCode = [...code].filter(([name, hash]) => otherCode.get(name) !== hash).map(([name]) => name);
  result.sameCode = code.size - result.otherCode.length;
  if (values.load) await compareOnKernel(objects, result);
  for (const object of objects) rmSync(object);
  return result;
}

/** Equal tags mean equal instructions, after CO-RE. */
async function compareOnKernel([mine, other], result) {
  const ours = await loadOnKernel(mine);
  const theirs = await loadOnKernel(other);
  result.programs = {
    same: 0,
    sameRefusal: /** @type {string[]} */ ([]),
    differentCode: /** @type {string[]} */ ([]),
    differentFate: /** @type {string[]} */ ([]),
  };
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const loaded = [ours[name], theirs[name]].map((fate) => /^[0-9a-f]{16}$/.test(fate ?? ""));
    if (loaded[0] && loaded[1]) {
      if (ours[name] === theirs[name]) result.programs.same++;
      else result.programs.differentCode.push(name);
    } else if (ours[name] === theirs[name]) result.programs.sameRefusal.push(`${name}: ${ours[name]}`);
    else {
      result.programs.differentFate.push(name);
      result.problems.push(`${name}: ours ${ours[name]}; theirs ${theirs[name]}`);
    }
  }
}

const jobs = findSources(top)
  .filter((source) => source.includes(values.only))
  .flatMap((source) => values.compiler.map((compiler) => ({ source, compiler })));
const results = [];
let next = 0;
async function worker() {
  for (let job; (job = jobs[next++]);) {
    const result = await examine(job.source, job.compiler, next);
    results.push(result);
    for (const problem of result.problems) console.log(`${result.source} (${result.compiler}): ${problem}`);
  }
}
for (const set of ["ours", "theirs"]) mkdirSync(join(work, set));
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
rmSync(work, { recursive: true, force: true });

for (const compiler of values.compiler) {
  const own = results.filter((result) => result.compiler === compiler);
  const count = (verdict) => own.filter((result) => result.verdict === verdict).length;
  console.log(
    `${compiler}: ${own.length} sources; both compile ${count("both compile")}, only theirs ${count("only theirs compiles")}, ` +
      `only ours ${count("only ours compiles")}, neither ${count("neither compiles")}; ` +
      `${own.filter((result) => result.problems.length > 0).length} with problems`,
  );
  const total = (key) => own.reduce((all, one) => all + (one[key]?.length ?? one[key] ?? 0), 0);
  console.log(
    `${compiler}: programs as compiled: ${total("sameCode")} with the same instructions, ${total("otherCode")} with others`,
  );
  const programs = own.flatMap((result) => result.programs ?? []);
  if (values.load) {
    const sum = (key) => programs.reduce((all, one) => all + (one[key].length ?? one[key]), 0);
    console.log(
      `${compiler}: programs in this kernel: ${sum("same")} with the same tag, ${sum("differentCode")} with other code, ` +
        `${sum("sameRefusal")} refused alike, ${sum("differentFate")} with different fates`,
    );
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
process.exit(results.length > 0 && results.every((result) => result.problems.length === 0) ? 0 : 1);
