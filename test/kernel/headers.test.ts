// What programs that use the macros of include/bpf compute, when they run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { bpf, leakFree, makeSystemCalls, objectPath } from "./kernel-floor.js";

type Values = Record<string, unknown>;

/**
 * Loads an object, runs some of its programs, and hands on what its variables are then. The programs run on all CPUs
 * at once: values that belong together are waited for with `settled`.
 */
async function variablesOf(
  name: string,
  compiler: "zig-21" | "clang-14",
  programs: readonly string[],
  trigger: () => void,
  settled: (values: Values) => boolean = () => true,
): Promise<Values> {
  let values: Values = {};
  await leakFree(async () => {
    const object = await bpf.readObjectFile(objectPath(name, compiler)).load();
    for (let tries = 0; tries < 50; tries++) {
      for (const program of programs) object.requireProgram(program).attach();
      trigger();
      object.detach();
      values = { ...object.variables };
      if (settled(values)) break;
    }
    object.close();
  });
  return values;
}

const same = (values: Values, one: number, other: number): boolean => {
  const out = values["out"] as bigint[];
  return out[one] === out[other] && out[one] !== 0n;
};

for (const compiler of ["zig-21", "clang-14"] as const) {
  test(`${compiler}: byte order, of constants and of values that are known only then`, async () => {
    const { out, constants } = await variablesOf("headers_endian", compiler, ["swap"], makeSystemCalls);
    const words = [0x0201n, 0x0201n, 0x04030201n, 0x04030201n, 0x0807060504030201n, 0x0807060504030201n];
    assert.deepEqual(constants, [...words, 0x0201n, 0x04030201n, 0x0807060504030201n]);
    assert.deepEqual((out as bigint[]).slice(0, 9), [...words, 0x0402n, 0x08060402n, 0x100e0c0a08060402n]);
  });

  test(`${compiler}: questions about kernel types, bitfields and chains of pointers`, async () => {
    const trigger = (): void => void execFileSync("true");
    const programs = ["questions", "bitfields", "chains"];
    const values = await variablesOf("headers_core_read", compiler, programs, trigger, (found) =>
      same(found, 0, 10),
    );
    const out = (values["out"] as bigint[]).map(Number);
    assert.deepEqual(out.slice(29, 33), [1, 0, 16, 8], "field_exists, field_size");
    assert.equal(out[33], out[34], "both forms of field_offset");
    assert.ok((out[33] ?? 0) > 0);
    assert.deepEqual([out[35], out[36]], [0, 1], "type_exists");
    assert.ok((out[37] ?? 0) > 100, "type_size is the kernel's");
    assert.deepEqual(out.slice(38, 43), [1, 1, 0, 1, 0], "type ids, enumerators");
    assert.ok([0, 1].includes(out[43] ?? 2), "a bitfield of one bit");
    assert.deepEqual([out[45], out[46]], [0, 0], "of memory that is all zeros");
    // Whoever made the last call: a process, its parent, and a name that both ways of asking agree on.
    assert.ok((out[0] ?? 0) > 0);
    assert.equal(out[5], 0, "all reads of a chain worked");
    assert.equal(
      out[7],
      ((values["text"] as string[])[0] ?? "").length + 1,
      "a string's length is with its zero",
    );
    assert.equal(out[9], 0);
    assert.equal(out[10], out[0]);
  });

  test(`${compiler}: arguments of tracepoints, plain and by value`, async () => {
    const trigger = (): void => void execFileSync("true");
    const programs = ["switched", "switched_again", "nothing_asked"];
    const { out } = await variablesOf("headers_tracing", compiler, programs, trigger, (found) =>
      same(found, 15, 17),
    );
    const values = out as bigint[];
    assert.ok((values[15] ?? 0n) > 0n, "BPF_PROG");
    assert.equal(values[15], values[17], "BPF_PROG2 sees what BPF_PROG sees");
  });

  test(`${compiler}: text into memory`, async () => {
    const { out, length } = await variablesOf("headers_print", compiler, ["into_memory"], makeSystemCalls);
    assert.match(String(out), /^1 and 0*[0-9a-f(]/);
    const last = String(out).length + 1;
    assert.equal(Number(length), "nothing".length + 1 + 2 + last);
  });
}

test("bitfields are written beside each other, loops end where they should, weak symbols are asked for", async () => {
  const { out, header } = await variablesOf("headers_core_newer", "zig-21", ["newer"], () => {
    process.kill(process.pid, 0);
  });
  const values = (out as bigint[]).map(Number);
  assert.deepEqual(header, { ihl: 5, version: 4, tos: 16 });
  assert.deepEqual(values.slice(2, 4), [1, 0], "bpf_ksym_exists");
  assert.deepEqual(values.slice(6, 11), [2, 3, 4, 5, 0], "bpf_for from 2, left at 6");
  assert.equal(values[4], 3, "bpf_repeat");
  assert.equal(values[5], 0 + 1 + 2 + 3 + 4, "bpf_for_each");
});
