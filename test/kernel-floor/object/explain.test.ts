import { describe, expect, test } from "vitest";
import { DeniedError, FeatureError, SyscallError } from "../../../src/errors.ts";
import type { Privileges } from "../../../src/kernel/host/index.ts";
import { errnoName } from "../../../src/kernel/object/errno.ts";
import { explain, type Situation } from "../../../src/kernel/object/explain.ts";
import { parseMapFdInfo } from "../../../src/kernel/object/info.ts";
import { fakeHost } from "../../../src/testing/index.ts";

const EPERM = 1;
const situation: Situation = {
  call: "bpf(BPF_PROG_LOAD)",
  needs: ["CAP_BPF", "CAP_PERFMON"],
  locksMemory: true,
};
const explained = (privileges: Partial<Privileges>, release = "6.18", errno = EPERM) =>
  explain(fakeHost({ release, privileges }), situation, errno) as DeniedError;

describe("EPERM has one reason each (FEATURES pain 5)", () => {
  const capabilities = new Set(["CAP_BPF", "CAP_PERFMON"]);
  const rows: [string, Partial<Privileges>, string, RegExp, string[], RegExp][] = [
    [
      "no capability",
      { capabilities: new Set<string>() },
      "6.18",
      /lacks CAP_BPF and CAP_PERFMON \(kernel\.unprivileged_bpf_disabled is 2\)/,
      ["CAP_BPF", "CAP_PERFMON"],
      /^run as root/,
    ],
    [
      "one of two",
      { capabilities: new Set(["CAP_BPF"]) },
      "6.18",
      /lacks CAP_PERFMON$|lacks CAP_PERFMON /,
      ["CAP_PERFMON"],
      /--cap-add PERFMON/,
    ],
    [
      "before 5.8 there is only one",
      { capabilities },
      "5.4",
      /lacks CAP_SYS_ADMIN/,
      ["CAP_SYS_ADMIN"],
      /--cap-add SYS_ADMIN/,
    ],
    [
      "a user namespace",
      { capabilities, initialUserNamespace: false },
      "6.18",
      /user namespace/,
      ["the initial user namespace"],
      /outside/,
    ],
    [
      "memlock before 5.11",
      { capabilities: new Set(["CAP_SYS_ADMIN"]), memlock: 65536 },
      "5.4",
      /RLIMIT_MEMLOCK is 65536 bytes/,
      ["RLIMIT_MEMLOCK"],
      /ulimit -l/,
    ],
    [
      "lockdown",
      { capabilities, lockdown: "confidentiality" },
      "6.18",
      /locked down \(confidentiality\)/,
      ["lockdown=none"],
      /lockdown=/,
    ],
    [
      "seccomp",
      { capabilities, seccomp: 2 },
      "6.18",
      /seccomp filter/,
      ["a seccomp profile that allows bpf and perf_event_open"],
      /seccomp profile/,
    ],
    [
      "none of these",
      { capabilities },
      "6.18",
      /holds every capability .* a security module or the hypervisor/,
      [],
      /audit log/,
    ],
  ];
  test.each(rows)("%s", (_, privileges, release, message, needs, remedy) => {
    const error = explained(privileges, release);
    expect(error).toBeInstanceOf(DeniedError);
    expect(error.message).toMatch(message);
    expect(error.needs).toEqual(needs);
    expect(error.remedy).toMatch(remedy);
  });
  test("memlock does not matter where the cgroup is charged (RULES 50)", () =>
    expect(explained({ capabilities, memlock: 65536 }).message).not.toMatch(/MEMLOCK/));
});

test("EINVAL of what the kernel does not know is KERNEL_FEATURE", () => {
  const feature = { name: "maps of type ringbuf", since: "5.8" };
  const error = explain(fakeHost({ release: "5.4" }), { ...situation, feature }, 22);
  expect(error).toBeInstanceOf(FeatureError);
  expect(error.message).toBe(
    "expected a kernel with maps of type ringbuf (Linux 5.8 and later), running is 5.4 (bpf(BPF_PROG_LOAD) answered EINVAL)",
  );
});

test("other errnos are SYSCALL, with their meaning in the situation", () => {
  const meanings = { 7: ["the map is full", "make it larger"] } as const;
  const error = explain(fakeHost(), { ...situation, meanings, parameters: "type hash" }, 7) as SyscallError;
  expect(error).toBeInstanceOf(SyscallError);
  expect(error.message).toBe("bpf(BPF_PROG_LOAD): E2BIG: the map is full; type hash (make it larger)");
  expect([error.errno, error.errnoName, error.call]).toEqual([7, "E2BIG", "bpf(BPF_PROG_LOAD)"]);
  expect(explain(fakeHost(), situation, 24).message).toMatch(/no fds left \(raise the limit: ulimit -n\)/);
  expect(explain(fakeHost(), situation, 38).code).toBe("KERNEL_FEATURE");
});

test.each([
  [1, "EPERM"],
  [22, "EINVAL"],
  [40, "ELOOP"],
  [95, "EOPNOTSUPP"],
  [524, "ENOTSUPP"],
  [4000, "errno 4000"],
])("errno %i is %s", (errno, name) => expect(errnoName(errno)).toBe(name));

test("maps of kernels that cannot be asked are read from /proc (RULES 13)", () => {
  const text =
    "pos:\t0\nflags:\t02000002\nmap_type:\t1\nkey_size:\t4\nvalue_size:\t8\nmax_entries:\t64\nmap_flags:\t0x1\n";
  expect(parseMapFdInfo(text)).toMatchObject({
    type: "hash",
    keySize: 4,
    valueSize: 8,
    maxEntries: 64,
    flags: 1,
  });
  expect(parseMapFdInfo("pos:\t0\n")).toBe(undefined);
});

test("EACCES with a meaning of its own is no matter of privileges, unless some are missing", () => {
  const meant = { ...situation, meanings: { 13: ["the program reads too much"] as const } };
  const error = explain(fakeHost(), meant, 13);
  expect(error.code).toBe("SYSCALL");
  expect(error.message).toMatch(/EACCES: the program reads too much/);
  expect(explain(fakeHost({ privileges: { capabilities: new Set() } }), meant, 13).code).toBe("DENIED");
  expect(explain(fakeHost(), meant, 1).code).toBe("DENIED");
});
