// The verifier's refusals as data, on the running kernel.
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, leakFree, source } from "./kernel-floor.js";

const cases: readonly (readonly [
  program: string,
  summary: RegExp,
  line: RegExp | undefined,
  remedy: RegExp,
])[] = [
  [
    "null_check_missing",
    /invalid mem access 'map_value_or_null'/,
    /\*value = 1/,
    /compare the pointer with NULL/,
  ],
  [
    "out_of_bounds",
    /unbounded memory access|invalid access to map value/,
    /array\[bpf_get_prandom_u32\(\)\]/,
    /bound the value|check the index/,
  ],
  ["endless", /infinite loop|back-edge/, undefined, /constant bound/],
  ["unknown_helper", /invalid func|unknown func/, /bpf_unknown\(\)/, /no such helper/],
  // Linux 6.1 calls a helper of other program types unknown.
  ["wrong_helper", /cannot use helper|unknown func/, /bpf_redirect\(1, 0\)/, /helper/],
];

for (const [program, summary, line, remedy] of cases) {
  test(`${program}: summary, instruction, C line, advice (FEATURES pain 1)`, async () => {
    await leakFree(async () => {
      const error = await errorOf(() => source("verifier_refusals").load({ autoload: { [program]: true } }));
      assert.equal(error["code"], "VERIFIER", error.message);
      assert.match(String(error["summary"]), summary);
      assert.match(String(error["remedy"]), remedy);
      assert.ok(String(error["log"]).includes("processed "), "the whole log");
      if (line !== undefined) {
        assert.equal(typeof error["instruction"], "number");
        const place = error["source"] as { file: string; line: number; text: string };
        assert.match(place.text, line);
        assert.match(place.file, /verifier_refusals\.bpf\.c$/);
        assert.ok(place.line > 10);
      }
      assert.ok(error.message.startsWith(`verifier_refusals.bpf.o: program "${program}": `), error.message);
      assert.equal(error.message.includes("\n"), false, "one line");
    });
  });
}

test("a poisoned relocation is named instead of its number (RULES 34)", async () => {
  await leakFree(async () => {
    const error = await errorOf(() => source("core_missing").load());
    assert.equal(error["code"], "VERIFIER");
    assert.match(error.message, /CO-RE field .*tsbpf_future_member: no match/);
    assert.match(error.message, /guard it with bpf_core_field_exists/);
    assert.equal(/195896080/.test(error.message), false);
  });
});

test("the log of a program that loads is kept when asked for", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load({ logLevel: 2 });
    assert.match(object.requireProgram("use").verifierLog, /processed \d+ insns/);
    object.close();
    const quiet = await source("globals_basic").load();
    assert.equal(quiet.requireProgram("use").verifierLog, "");
    quiet.close();
  });
});
