import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseAttach, targetText } from "../../src/cli/run/attach-target.ts";
import { unattached, withTargets } from "../../src/cli/run/attach.ts";
import type { Link } from "../../src/kernel/index.ts";
import { parseCount, parseDuration, parsePid } from "../../src/cli/run/duration.ts";
import { readObject } from "../../src/program/spec/index.ts";
import { printable, Table } from "../../src/cli/run/table.ts";

test.each([
  ["500ms", 500],
  ["5s", 5000],
  ["5", 5000],
  ["1.5s", 1500],
  ["2m", 120_000],
  ["1h", 3_600_000],
])("duration %s is %d ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(["", "s", "-5s", "0", "5d", "1e3", "9999h"])("duration %j is refused", (text) => {
  expect(() => parseDuration(text)).toThrow(`found "${text}"`);
});

test("count", () => {
  expect(parseCount("10")).toBe(10);
  for (const text of ["0", "-1", "1.5", "x", ""]) expect(() => parseCount(text)).toThrow(`found "${text}"`);
});

test.each([
  ["p=tracepoint:syscalls:sys_enter_execve", "tracepoint:syscalls:sys_enter_execve"],
  ["p=tp:sched:sched_switch", "tracepoint:sched:sched_switch"],
  ["p=raw_tracepoint:sched_switch", "raw_tracepoint:sched_switch"],
  ["p=raw_tp:sys_enter", "raw_tracepoint:sys_enter"],
  ["p=kprobe:do_unlinkat+0x10", "kprobe:do_unlinkat+0x10"],
  ["p=kretprobe:do_unlinkat", "kretprobe:do_unlinkat"],
  ["p=kprobe.multi:vfs_*", "kprobe.multi:vfs_*"],
  ["p=ksyscall:execve", "ksyscall:execve"],
  ["p=uprobe:/bin/bash:readline+4", "uprobe:/bin/bash:readline+4"],
  ["p=uprobe:libc:malloc", "uprobe:libc:malloc"],
  ["p=uretprobe:/odd:path/x:f", "uretprobe:/odd:path/x:f"],
  ["p=uprobe.multi:/bin/bash:read*", "uprobe.multi:/bin/bash:read*"],
  ["p=fentry:do_unlinkat", "fentry:do_unlinkat"],
  ["p=fexit:nf_tables:nft_do_chain", "fexit:nf_tables:nft_do_chain"],
  ["p=xdp:eth0.100:1", "xdp:eth0.100:1"],
  ["p=usdt:umark:groupa:probe1", "usdt:umark:groupa:probe1"],
  ["p=usdt:/a:b/umark:groupa:probe1", "usdt:/a:b/umark:groupa:probe1"],
])("%s attaches to %s", (text, target) => {
  expect(targetText(parseAttach(text).target)).toBe(target);
});

test.each([
  ["", "expected PROG=TARGET"],
  ["=tracepoint:a:b", "expected PROG=TARGET"],
  ["p=tracepiont:a:b", 'did you mean "tracepoint"?'],
  ["p=magic:a", "targets: tracepoint:CATEGORY:NAME"],
  ["p=tracepoint:a", "expected tracepoint:CATEGORY:NAME"],
  ["p=tracepoint:a:b:c", "expected tracepoint:CATEGORY:NAME"],
  ["p=raw_tracepoint:", "expected raw_tracepoint:NAME"],
  ["p=kprobe", 'expected kprobe:FUNCTION[+OFFSET], found "kprobe"'],
  ["p=kprobe:a:b", "expected kprobe:FUNCTION[+OFFSET]"],
  ["p=uprobe:readline", "expected uprobe:PATH:FUNCTION[+OFFSET]"],
  ["p=uprobe::readline", "expected uprobe:PATH:FUNCTION[+OFFSET]"],
  ["p=uprobe:/bin/bash:", "expected uprobe:PATH:FUNCTION[+OFFSET]"],
  ["p=uprob:/bin/bash:readline", 'did you mean "uprobe"?'],
  ["p=kretprob:x", 'did you mean "kretprobe"?'],
  ["p=xdp:", "expected xdp:INTERFACE"],
  ["p=toString:x", "unknown target kind"],
  ["p=usdt:umark:probe1", "expected usdt:PATH:PROVIDER:NAME"],
])("--attach %j is refused", (text, message) => {
  expect(() => parseAttach(text)).toThrow(message);
});

test.each(["0", "-1", "x", "1.5", ""])("--pid %j is refused", (text) => {
  expect(() => parsePid(text)).toThrow(`--pid: expected a process id, found "${text}"`);
});

test("the targets of tracing programs go into the object before it is loaded", () => {
  const bytes = readFileSync(new URL("../../testdata/obj/zig-21/tracing_args.bpf.o", import.meta.url));
  const spec = readObject(bytes, { name: "tracing_args" });
  const program = spec.programs.find(({ sectionName }) => sectionName.startsWith("tp_btf/"))?.name ?? "";
  const changed = withTargets(spec, [parseAttach(`${program}=tp_btf:sched_process_exec`)]);
  expect(changed.programs.find(({ name }) => name === program)).toMatchObject({
    target: "sched_process_exec",
    sectionName: "tp_btf/sched_process_exec",
  });
  expect(withTargets(spec, [parseAttach("entered=kprobe:do_exit")])).toBe(spec);
  expect(() => withTargets(spec, [parseAttach("entered=fentry:do_exit")])).toThrow(
    /--attach entered: expected a target for SEC\("kprobe\/do_nanosleep"\), found "fentry:do_exit"/,
  );
});

test("columns stay aligned while they grow", () => {
  const table = new Table([
    { title: "pid", right: true, width: 5 },
    { title: "comm", right: false, width: 4 },
    { title: "file", right: false, width: 4 },
  ]);
  expect([
    table.header(),
    table.row(["1", "sh", "/bin/ls"]),
    table.row(["1234567", "中文名", "x"]),
    table.row(["2", "a", "b"]),
  ]).toEqual(["  pid  comm  file", "    1  sh    /bin/ls", "1234567  中文名  x", "      2  a       b"]);
});

test("control characters of a traced process do not reach the terminal", () => {
  expect(printable("a\u001b[31mb\nc\u007f")).toBe("a\\x1b[31mb\\x0ac\\x7f");
});

test("what is loaded and attached nowhere is said, with what would attach it", () => {
  const read = (name: string) =>
    readObject(readFileSync(new URL(`../../testdata/obj/zig-21/${name}`, import.meta.url)));
  const link = { program: "usdt_probe2" } as Link; // what unattached() reads of one
  expect(unattached(read("usdt_test.bpf.o"), [link])).toEqual([
    "usdt_probe1 is attached nowhere: --attach usdt_probe1=usdt:PATH:PROVIDER:NAME",
  ]);
  expect(unattached(read("uprobe_test.bpf.o"), [])).toEqual([
    "user_probe1 is attached nowhere: --attach user_probe1=uprobe:PATH:FUNCTION",
    "user_probe2 is attached nowhere: --attach user_probe2=uprobe:PATH:FUNCTION",
  ]);
});
