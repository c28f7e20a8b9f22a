// The built kernel floor under test, and the committed objects.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as Floor from "../../dist/kernel/index.js";
import { built, root } from "./sys-door.js";

// What dist holds is what the types above were made from.
export const bpf = (await import(built("kernel/index.js"))) as typeof Floor;

/** What testdata/obj/index.json says of an object. */
export interface TestObject {
  readonly name: string;
  readonly path: string;
  readonly compiler: "clang14" | "zig";
  readonly endian: "little" | "big";
  readonly hostLoad: string;
  readonly without: readonly string[];
  readonly pins: readonly string[];
  /** The first libbpf that can read it. */
  readonly libbpf: string;
}

export const objects: readonly TestObject[] = JSON.parse(
  readFileSync(new URL("testdata/obj/index.json", root), "utf8"),
) as TestObject[];

/** The path of a test object, of the npm compiler unless said otherwise. */
export function objectPath(name: string, compiler: "zig-21" | "clang-14" = "zig-21"): string {
  return fileURLToPath(new URL(`testdata/obj/${compiler}/${name}.bpf.o`, root));
}

export function source(name: string): Floor.ObjectSource {
  return bpf.readObjectFile(objectPath(name));
}

/** Everything of BPF and perf that this process holds open. */
export function openObjects(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /bpf|btf|perf_event/.test(target) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Runs a body that must leave nothing open. */
export async function leakFree(body: () => void | Promise<void>): Promise<void> {
  const before = openObjects();
  await body();
  assert.deepEqual(openObjects(), before, "left open");
}

/** Makes system calls, so that programs on sys_enter run. */
export function makeSystemCalls(): void {
  for (let i = 0; i < 20; i++) readFileSync("/proc/self/comm");
}

/** The error that a body throws or rejects with. */
export async function errorOf(body: () => unknown): Promise<Error & Record<string, unknown>> {
  try {
    await body();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error as Error & Record<string, unknown>;
  }
  return assert.fail("expected an error, found none");
}
