import { describe, expect, test } from "vitest";
import { withMemlock } from "../../../src/kernel/object/memlock.ts";
import { fakeHost, fakeKernel } from "../../../src/testing/index.ts";

const [EPERM, RLIMIT_MEMLOCK] = [1, 8];

/** Makes a call that is refused once with `errno`: how often it was made, and the limits that were set before. */
function attempt(version: string, memlock: number, errno = EPERM): { calls: number; limits: unknown[] } {
  const kernel = fakeKernel({ version });
  const limits: unknown[] = [];
  const spied: typeof kernel = Object.assign(Object.create(kernel), {
    syscall(name: string, values: readonly unknown[]) {
      expect(name).toBe("prlimit64");
      limits.push(values);
      return 0;
    },
  });
  let calls = 0;
  const result = withMemlock(spied, fakeHost({ release: version, privileges: { memlock } }), () =>
    ++calls === 1 ? -errno : 7,
  );
  expect(result).toBe(calls === 1 ? -errno : 7);
  return { calls, limits };
}

describe("memlock (RULES 50)", () => {
  test("where the kernel charges it, EPERM raises the limit and tries once more", () => {
    const unlimited = new Uint8Array(16).fill(0xff);
    expect(attempt("5.10", 65536)).toEqual({ calls: 2, limits: [[0, RLIMIT_MEMLOCK, unlimited, 0]] });
  });
  test("where the memory cgroup is charged, it is left alone", () =>
    expect(attempt("5.11", 65536)).toEqual({ calls: 1, limits: [] }));
  test("a limit that is infinite already, or another errno, is not the cause", () => {
    expect(attempt("5.10", Infinity)).toEqual({ calls: 1, limits: [] });
    expect(attempt("5.10", 65536, 22)).toEqual({ calls: 1, limits: [] });
  });
});
