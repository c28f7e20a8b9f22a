// XDP on the loopback interface of a network namespace of its own, which a child process enters.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { errorOf, leakFree, source } from "./kernel-floor.js";

const inside = process.env["TSBPF_IN_NAMESPACE"] === "1";
const noUnshare =
  spawnSync("unshare", ["--net", "true"]).status === 0 ? undefined : "needs unshare --net, which was refused";
const hasIp = inside && spawnSync("ip", ["-V"]).status === 0;

/** Sends datagrams to this machine and waits until they have arrived. */
async function send(count: number): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  let left = count;
  const arrived = new Promise<void>((resolve) => socket.on("message", () => --left === 0 && resolve()));
  for (let i = 0; i < count; i++) socket.send(Buffer.alloc(100), socket.address().port, "127.0.0.1");
  await arrived;
  socket.close();
}

/** A test that runs in the child. */
function within(name: string, body: (t: TestContext) => Promise<void>): void {
  if (inside) test(name, body);
}

if (!inside) {
  test("in a network namespace of its own", { skip: noUnshare }, () => {
    const file = fileURLToPath(import.meta.url);
    // Without the variable by which a test runner tells its children to talk to it.
    const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
    const env = { ...rest, TSBPF_IN_NAMESPACE: "1" };
    const child = spawnSync("unshare", ["--net", process.execPath, "--test-reporter=tap", file], {
      env,
      encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stdout + child.stderr);
    assert.match(child.stdout, /ok \d+ - by name/);
  });
}

within("by name and by index: packets are counted until it is detached", async () => {
  upLoopback();
  await leakFree(async () => {
    const object = await source("xdp_count").load();
    const program = object.requireProgram("count");
    for (const where of ["lo", 1]) {
      const before = Number(object.variables["packets"]);
      const link = program.attachXdp(where, { mode: "skb" });
      assert.equal(link.info().type, "xdp");
      assert.equal(link.target, typeof where === "number" ? "xdp interface 1" : "xdp lo");
      await send(20);
      assert.equal(Number(object.variables["packets"]), before + 20);
      const taken = await errorOf(() => program.attachXdp(where, { mode: "skb" }));
      assert.match(taken.message, /xdp .*: bpf\(BPF_LINK_CREATE\): EBUSY: another program is attached there/);
      link.detach();
      await send(20);
      assert.equal(Number(object.variables["packets"]), before + 20);
    }
    // 20 + 8 bytes of headers and 14 of Ethernet around 100 of content.
    assert.equal(object.variables["bytes"], 40n * 142n);
    object.close();
  });
});

within("native mode: on veth; on loopback the error says what works", async (t) => {
  await leakFree(async () => {
    const object = await source("xdp_count").load();
    const program = object.requireProgram("count");
    const error = await errorOf(() => program.attachXdp("lo", { mode: "native" }));
    assert.match(error.message, /EOPNOTSUPP: the driver has no XDP of its own \(use \{ mode: "skb" \}/);
    const made =
      hasIp && spawnSync("ip", ["link", "add", "one", "type", "veth", "peer", "name", "two"]).status === 0;
    if (made) {
      const link = program.attachXdp("one", { mode: "native" });
      assert.match(execFileSync("ip", ["link", "show", "one"], { encoding: "utf8" }), / xdp /);
      link.detach();
      assert.doesNotMatch(execFileSync("ip", ["link", "show", "one"], { encoding: "utf8" }), / xdp/);
    } else t.diagnostic("no veth here: native mode was only refused");
    object.close();
  });
});

within("what is refused: no such interface, a mode that is none, another program's type", async () => {
  await leakFree(async () => {
    const object = await source("xdp_count").load();
    const program = object.requireProgram("count");
    assert.equal(object.attach().length, 0, "never by the section alone");
    const cases: [() => unknown, RegExp][] = [
      [
        () => program.attachXdp("l0"),
        /xdp l0: expected a network interface, found none called so .*\(did you mean "lo"\?\)/,
      ],
      [() => program.attachXdp("a-name-that-is-too-long"), /expected a network interface, found none/],
      [() => program.attachXdp(0), /expected an interface's name or index, found 0/],
      [
        () => program.attachXdp("lo", { mode: "drv" as "native" }),
        /expected a mode of native, skb, offload, found "drv"/,
      ],
      [() => program.attachKprobe("x"), /attachKprobe expects a program of type kprobe, found xdp/],
    ];
    for (const [body, message] of cases) {
      const error = await errorOf(body);
      assert.equal(error["code"], "ARGUMENT");
      assert.match(error.message, message);
    }
    assert.match((await errorOf(() => program.attachXdp(4711))).message, /there is no interface 4711/);
    object.close();
  });
});

/** The loopback interface of a new namespace is down. */
function upLoopback(): void {
  for (const command of [["ip"], ["busybox", "ip"]] as const) {
    const [tool, ...more] = command;
    if (spawnSync(tool, [...more, "link", "set", "lo", "up"]).status === 0) return;
  }
  assert.fail("expected ip or busybox to set lo up, found neither");
}
