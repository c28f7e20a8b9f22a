// The same object attached to the same points by libbpf and by tsbpf: equal specs, equal values, equal counts.
// libbpf writes the layout of its own release, so the object is compiled with that release's header: this machine's
// libbpf-dev, or TSBPF_USDT_REFERENCE=PROGRAM:HEADERS, test/reference/usdt.c linked to another libbpf and its headers.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bpf, leakFree } from "./kernel-floor.js";
import { root, sys } from "./sys-door.js";
import { compileWith } from "./usdt-headers.js";
import { build, folder, run } from "./usdt-targets.js";

interface Answer {
  readonly libbpf: string;
  readonly error?: number;
  readonly specs?: readonly string[];
  readonly bss?: string;
}

/** The reference and the folder of its headers; a string is the reason why there is none. */
function findReference(): { readonly program: string; readonly headers: string } | string {
  const [named = "", headers = ""] = (process.env["TSBPF_USDT_REFERENCE"] ?? "").split(":");
  if (named !== "") return { program: named, headers };
  const program = join(folder, "reference");
  const source = fileURLToPath(new URL("test/reference/usdt.c", root));
  const { status, stderr, error } = spawnSync("cc", ["-O1", "-o", program, source, "-lbpf", "-lelf", "-lz"], {
    encoding: "utf8",
  });
  if (error !== undefined) return `no C compiler for test/reference/usdt.c: ${error.message}`;
  if (status !== 0) return `test/reference/usdt.c needs libbpf-dev: ${stderr.trim().split("\n")[0]}`;
  return { program, headers: "/usr/include" };
}

const reference = findReference();
const skip = typeof reference === "string" && reference;
const kernel = sys.nativeKernel();

/** BPF_MAP_LOOKUP_ELEM: what the kernel holds, byte for byte. */
function rawElement(map: { readonly fd: number; readonly valueSize: number }, id: number): Uint8Array {
  const attr = new Uint8Array(32);
  const key = new Uint8Array(4);
  const value = new Uint8Array(map.valueSize);
  new DataView(attr.buffer).setUint32(0, map.fd, true);
  new DataView(key.buffer).setUint32(0, id, true);
  const references = [
    { offset: 8, buffer: key },
    { offset: 16, buffer: value },
  ];
  assert.equal(kernel.bpf(1, attr, references), 0);
  return value;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("libbpf and tsbpf", { skip }, () => {
  let object = "";
  let bytes = new Uint8Array(0);
  before(async () => {
    if (typeof reference === "string") return;
    bytes = (await compileWith(reference.headers)).slice();
    object = join(folder, "reference.bpf.o");
    writeFileSync(object, bytes);
  });

  const builds = { optimised: ["-O2"], static: ["-O0", "-static"] };
  const points = ["p0", "p12", "integers", "twice", "globals"];
  for (const [how, flags] of Object.entries(builds)) {
    test(`points of a program built ${how}`, async () => {
      if (typeof reference === "string") return;
      const program = build("test/include/points.c", `differential-${how}`, flags);
      // The same stack in both runs: arrays and strings are given by address.
      const command = ["/usr/bin/setarch", "-R", program, "3"];
      for (const point of points) {
        const words = [object, "any", program, "points", point, "0x123456789", ...command];
        const answer = JSON.parse(execFileSync(reference.program, words, { encoding: "utf8" })) as Answer;
        await leakFree(async () => {
          const loaded = await bpf.readObjectBytes(bytes, { name: "reference" }).load();
          const any = loaded.requireProgram("any");
          if (answer.error !== undefined) {
            // What libbpf cannot read: scaled indexes before 1.7, floating point numbers and variables by name.
            const own = bpf.usdtPoints(program).filter(({ name }) => name === point);
            const places = own.flatMap((one) => one.arguments.map(({ text }) => text)).join(" ");
            assert.match(
              places,
              /\(%\w+,|\(%rip\)|\df@/,
              `libbpf ${answer.libbpf}: ${point}: ${answer.error}`,
            );
            loaded.close();
            return;
          }
          const link = any.attachUsdt(program, "points", point, { cookie: 0x123456789n });
          const [, ...rest] = command;
          run("/usr/bin/setarch", ...rest);
          const specs = [0, 1, 2, 3].map((id) => hex(rawElement(loaded.requireMap("__bpf_usdt_specs"), id)));
          assert.deepEqual(specs, answer.specs, `specs of ${point}`);
          assert.equal(hex(rawElement(loaded.requireMap(".bss"), 0)), answer.bss, `variables after ${point}`);
          link.detach();
          loaded.close();
        });
      }
    });
  }
});
