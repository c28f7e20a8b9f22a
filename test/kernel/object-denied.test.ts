// What a process without privileges is told (FEATURES pain 5): children with fewer capabilities.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { errorOf, objectPath, source } from "./kernel-floor.js";
import { built } from "./sys-door.js";

/** What a child with these capabilities is told when it loads an object and attaches it. */
function attempt(object: string, capabilities: string, body = "object.attach();"): Record<string, unknown> {
  const script = `
    const { readObjectFile } = await import(${JSON.stringify(built("kernel/index.js"))});
    try {
      const object = await readObjectFile(${JSON.stringify(object)}).load();
      ${body}
      object.close();
      console.log(JSON.stringify({ code: "NONE" }));
    } catch (error) {
      const { code, message, needs, remedy } = error;
      console.log(JSON.stringify({ code, message, needs, remedy }));
    }`;
  const args = [`--inh-caps=${capabilities}`, `--bounding-set=${capabilities}`, process.execPath];
  const { stdout, stderr } = spawnSync("setpriv", [...args, "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test("without any capability: which ones are missing, the sysctl, and what to do", () => {
  const error = attempt(objectPath("globals_basic"), "-all");
  assert.equal(error["code"], "DENIED", String(error["message"]));
  assert.match(
    String(error["message"]),
    /this process lacks CAP_BPF and CAP_PERFMON \(kernel\.unprivileged_bpf_disabled is \d\)/,
  );
  assert.deepEqual(error["needs"], ["CAP_BPF", "CAP_PERFMON"]);
  assert.match(
    String(error["remedy"]),
    /run as root.*--cap-add BPF --cap-add PERFMON.*setcap cap_bpf,cap_perfmon=ep/,
  );
});

test("with CAP_BPF alone a tracing program lacks CAP_PERFMON", () => {
  const error = attempt(objectPath("globals_basic"), "-all,+bpf");
  assert.equal(error["code"], "DENIED", String(error["message"]));
  assert.match(
    String(error["message"]),
    /program "use": bpf\(BPF_PROG_LOAD\) was refused with EPERM .*lacks CAP_PERFMON/,
  );
});

test("with CAP_BPF alone a device map lacks CAP_NET_ADMIN", () => {
  const error = attempt(objectPath("map_net"), "-all,+bpf");
  assert.equal(error["code"], "DENIED", String(error["message"]));
  assert.match(String(error["message"]), /map "\w+": bpf\(BPF_MAP_CREATE\) was refused.*lacks CAP_NET_ADMIN/);
});

test("CAP_BPF and CAP_PERFMON are enough to load and attach", () => {
  const error = attempt(objectPath("globals_basic"), "-all,+bpf,+perfmon");
  assert.equal(error["code"], "NONE", String(error["message"]));
});

test("a token is for user namespaces, and one that was asked for must be had (RULES 52)", async () => {
  const initial = await errorOf(() => source("globals_basic").load({ token: "/sys/fs/bpf" }));
  assert.match(
    initial.message,
    /BPF token \/sys\/fs\/bpf: .*(tokens are for user namespaces|delegates nothing|expected a kernel with BPF tokens)/,
  );
  const missing = await errorOf(() => source("globals_basic").load({ token: "/sys/fs/bpf/none" }));
  assert.match(missing.message, /BPF token \/sys\/fs\/bpf\/none: open: ENOENT/);
  const off = await source("globals_basic").load({ token: "" });
  off.close();
});

test("an unreadable tracefs is told apart from a missing tracepoint", () => {
  const script = `
    const { nativeHost } = await import(${JSON.stringify(built("kernel/index.js"))});
    console.log(JSON.stringify({ mounted: nativeHost().tracefs() !== undefined, names: nativeHost().tracepoints().length }));`;
  const args = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath];
  const { stdout, stderr } = spawnSync("setpriv", [...args, "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  assert.deepEqual(JSON.parse(stdout), { mounted: true, names: 0 });
});
