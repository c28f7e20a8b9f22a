import { expect, test } from "vitest";
import { parseAttach, targetText } from "../../src/cli/run/attach-target.ts";
import { parseCount, parseDuration } from "../../src/cli/run/duration.ts";
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
])("--attach %j is refused", (text, message) => {
  expect(() => parseAttach(text)).toThrow(message);
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
