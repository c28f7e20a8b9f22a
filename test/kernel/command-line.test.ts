// The command as a person uses it: real compiler, real kernel, real events.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "lib/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "tsbpf-cli-"));
after(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly done: Promise<Result>;
  /** Resolves once stderr says so. */
  attached(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

function start(...words: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let seen = (): void => undefined;
  const attached = new Promise<void>((resolve) => (seen = resolve));
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    if (stderr.includes("Ctrl-C ends")) seen();
  });
  const done = new Promise<Result>((resolve) =>
    child.once("close", (status) => {
      seen();
      resolve({ status, stdout, stderr });
    }),
  );
  return { done, attached: () => attached, kill: (signal) => void child.kill(signal) };
}

const run = (...words: readonly string[]): Promise<Result> => start(...words).done;
const example = (name: string): string => join(root, `examples/${name}/${name}.bpf.c`);
/** A program of a name of our own, so that other processes' events do not matter. */
const marker = join(folder, "tsbpf-was-here");
writeFileSync(marker, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
const exec = (): void => void execFileSync(marker);

for (const name of ["trace_execve", "trace_execve_ringbuf"]) {
  test(`${name}: a table until Ctrl-C, then the sum, exit 0`, async () => {
    const running = start("run", example(name));
    await running.attached();
    exec();
    await new Promise((resolve) => setTimeout(resolve, 300));
    exec();
    running.kill("SIGINT");
    const { status, stdout, stderr } = await running.done;
    assert.equal(status, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^ +tgid +ppid +uid +time +cookie +comm +pcomm +fname$/);
    const ours = lines.filter((line) => line.endsWith(marker));
    // The second one was under way when Ctrl-C came: what happened before the end is shown.
    assert.equal(ours.length, 2, stdout);
    assert.match(
      ours[0] ?? "",
      new RegExp(` ${process.pid} +0 +\\d\\d:\\d\\d:\\d\\d\\.\\d{3} +trace_execve +`),
    );
    assert.match(stderr, /^trace_execve_enter → tracepoint syscalls\/sys_enter_execve; Ctrl-C ends$/m);
    assert.match(stderr, /^\d+ events?, 0 lost in \d+\.\d s$/m);
  });
}

test("--json: NDJSON with the C field names and nothing else on stdout; --count ends it", async () => {
  const running = start("run", example("trace_execve"), "--json", "--count", "3");
  await running.attached();
  const timer = setInterval(exec, 20);
  const { status, stdout, stderr } = await running.done;
  clearInterval(timer);
  assert.equal(status, 0, stderr);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(events.length, 3);
  const fields = ["tgid", "ppid", "uid", "timestamp_ns", "cookie", "comm", "pcomm", "fname"];
  for (const event of events) assert.deepEqual(Object.keys(event), fields);
  assert.equal(typeof events[0]?.["tgid"], "number");
  assert.match(stderr, /^3 events, 0 lost/m);
});

test("--for ends it; --set reaches a constant before the verifier", async () => {
  const running = start(
    "run",
    example("trace_execve_ringbuf"),
    "--for",
    "500ms",
    "--set",
    "only_uid=4294967294",
  );
  await running.attached();
  exec();
  const { status, stdout, stderr } = await running.done;
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^0 events, 0 lost in (0\.[5-9]|[1-9]\.\d) s$/m,
    "the time begins with the attachment",
  );
});

test("--attach wins over SEC()", async () => {
  const target = "trace_execve_enter=tracepoint:syscalls:sys_enter_execveat";
  const running = start("run", example("trace_execve"), "--attach", target, "--for", "300ms");
  await running.attached();
  exec();
  const { status, stdout, stderr } = await running.done;
  assert.equal(status, 0, stderr);
  assert.match(stderr, /trace_execve_enter → tracepoint syscalls\/sys_enter_execveat;/);
  assert.ok(!stdout.includes(marker), stdout);
});

test("an event type that nobody declared is shown as hexadecimal", async () => {
  const source = join(folder, "bytes.bpf.c");
  writeFileSync(
    source,
    `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } out SEC(".maps");
SEC("raw_tracepoint/sys_enter") int bytes(void *ctx) {
  __u64 word = 0x0807060504030201;
  bpf_ringbuf_output(&out, &word, sizeof(word), 0);
  return 0;
}
char LICENSE[] SEC("license") = "GPL";
`,
  );
  const table = await run("run", source, "--count", "2");
  assert.equal(table.status, 0, table.stderr);
  assert.equal(table.stdout, "out (bytes)\n01020304 05060708\n01020304 05060708\n");
  const json = await run("run", source, "--count", "1", "--json");
  assert.equal(json.stdout, '{"bytes":"0102030405060708"}\n');
});

test("a refused program shows the verifier's reason and the C line", async () => {
  const source = join(folder, "refused.bpf.c");
  writeFileSync(
    source,
    `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
SEC("raw_tracepoint/sys_enter") int refused(struct bpf_raw_tracepoint_args *ctx) {
  return *(int *)ctx->args[1];
}
char LICENSE[] SEC("license") = "GPL";
`,
  );
  const { status, stdout, stderr } = await run("run", source);
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /invalid mem access 'scalar'/);
  assert.match(stderr, /refused\.bpf\.c:4/);
  assert.match(stderr, /return \*\(int \*\)ctx->args\[1\];/);
});

const refused: readonly (readonly [words: readonly string[], status: number, pattern: RegExp])[] = [
  [["run"], 2, /expected FILE\.bpf\.c or FILE\.o, found no file/],
  [["run", "nowhere.bpf.c"], 2, /found nothing at "nowhere\.bpf\.c"/],
  [["run", "nowhere.o"], 2, /nowhere\.o/],
  [["run", main], 1, /expected an ELF file/],
  [["run", example("trace_execve"), "--jsno"], 2, /unknown option --jsno\n {2}→ did you mean "--json"\?/],
  [["run", example("trace_execve"), "--for", "never"], 2, /expected a duration/],
  [
    ["run", example("trace_execve"), "--attach", "trace_execve_entre=tp:a:b"],
    2,
    /did you mean "trace_execve_enter"\?/,
  ],
  [
    ["run", example("trace_execve"), "--attach", "trace_execve_enter=tp:syscalls:sys_enter_execvee"],
    2,
    /sys_enter_execve/,
  ],
  [["run", example("trace_execve_ringbuf"), "--set", "only_uidd=1"], 2, /did you mean "only_uid"\?/],
  [["run", example("trace_execve_ringbuf"), "--set", "only_uid=x"], 2, /expected a whole number/],
  [["run", example("trace_execve_ringbuf"), "--set", "only_uid=-1"], 2, /only_uid/],
  [["runn"], 2, /unknown command "runn"\n {2}→ did you mean "run"\?/],
];
for (const [words, status, pattern] of refused) {
  const shown = words.map((word) => word.replace(root, ""));
  test(`tsbpf ${shown.join(" ")} is refused`, async () => {
    const result = await run(...words);
    assert.match(result.stderr, pattern);
    assert.equal(result.status, status, result.stderr);
    assert.equal(result.stdout, "");
  });
}

test("a reader that goes away ends the trace quietly", async () => {
  const command = `${process.execPath} ${main} run ${example("trace_execve")} --json | head -n 1`;
  const busy = setInterval(exec, 10);
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  let stdout = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  clearInterval(busy);
  assert.match(stdout, /^\{"tgid":\d+.*\}\n$/);
  assert.ok(!stderr.includes("Error"), stderr);
});

test("a machine without tracefs: root mounts it by running, and is told", async () => {
  // In a mount namespace of its own, so that the machine keeps what it has.
  const script = `umount -a -t tracefs; umount -a -t debugfs; exec "$@"`;
  const words = ["-m", "sh", "-c", script, "sh", process.execPath, main, "run", example("trace_execve")];
  const child = spawn("unshare", [...words, "--for", "1s"], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise((resolve) => child.once("close", resolve));
  assert.match(stderr, /note: tracefs was not mounted; it is now, on \/sys\/kernel\/tracing/);
  assert.match(stderr, /\d+ events?, 0 lost in/);
  assert.equal(status, 0);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`a build that ${signal} stops ends as by ${signal}; what it had finished stays, nothing else is left`, async () => {
    const project = mkdtempSync(join(folder, "stopped-"));
    writeFileSync(join(project, "tsbpf.config.json"), "{}");
    writeFileSync(join(project, "a.bpf.c"), "int a;\n");
    writeFileSync(join(project, "b.bpf.c"), "int b;\n");
    const clang = join(project, "clang");
    const real = process.env["TSBPF_CLANG"] ?? "clang-14";
    // Hangs on the second source.
    writeFileSync(clang, `#!/bin/sh\ncase "$*" in *b.bpf.c*) exec sleep 60;; esac\nexec ${real} "$@"\n`, {
      mode: 0o755,
    });
    const build = spawn(process.execPath, [main, "build", "-j1", "--compiler", clang], { cwd: project });
    const ended = new Promise((resolve) => build.once("close", (_, by) => resolve(by)));
    await new Promise<void>((resolve) => build.stdout.once("data", () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 300));
    build.kill(signal);
    assert.equal(await ended, signal);
    assert.deepEqual(
      readdirSync(project)
        .filter((name) => /^[ab]\.bpf\./.test(name))
        .sort(),
      ["a.bpf.c", "a.bpf.gen.ts", "a.bpf.o", "b.bpf.c"],
    );
    const memory = readFileSync(join(project, ".tsbpf/build.json"), "utf8");
    assert.match(memory, /a\.bpf\.c/);
  });
}
