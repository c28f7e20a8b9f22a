import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  addon,
  built,
  closeFd,
  countFds,
  countThreads,
  drain,
  eventFd,
  memory,
  nr,
  signal,
  sys,
  until,
  ways,
} from "./sys-door.js";

for (const way of ways) {
  const kernel = sys.nativeKernel({ watch: way });

  test(`${way}: level-triggered: called as long as the fd is readable, then no more`, async () => {
    const fd = eventFd(1);
    let calls = 0;
    const watch = kernel.watch(fd, () => {
      calls += 1;
      if (calls === 5) drain(fd);
    });
    await until(() => calls >= 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(calls, 5);
    signal(fd);
    await until(() => calls >= 6);
    watch.stop();
    watch.stop();
    const last = calls;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(calls, last);
    closeFd(fd);
  });

  test(`${way}: microtasks run after a call`, async () => {
    const fd = eventFd(1);
    const watched = new Promise<void>((resolve) => {
      const watch = kernel.watch(fd, () => {
        watch.stop();
        void Promise.resolve().then(() => resolve());
      });
    });
    await watched;
    closeFd(fd);
  });

  test(`${way}: a watch stopped by another one's call is not called`, async () => {
    const fds = Array.from({ length: 8 }, () => eventFd(1));
    let calls = 0;
    const watches = fds.map((fd) =>
      kernel.watch(fd, () => {
        calls += 1;
        for (const watch of watches) watch.stop();
      }),
    );
    await until(() => calls > 0);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(calls, 1);
    fds.forEach(closeFd);
  });

  test(`${way}: more fds than one batch holds, all served`, async () => {
    const fds = Array.from({ length: 150 }, () => eventFd(0));
    const seen = new Set<number>();
    const watches = fds.map((fd) =>
      kernel.watch(fd, () => {
        drain(fd);
        seen.add(fd);
      }),
    );
    fds.forEach(signal);
    await until(() => seen.size === fds.length);
    for (const watch of watches) watch.stop();
    fds.forEach(closeFd);
  });

  test(`${way}: one fd watched twice`, async () => {
    const fd = eventFd(1);
    const calls = [0, 0];
    const watches = [0, 1].map((i) => kernel.watch(fd, () => void (calls[i] = (calls[i] ?? 0) + 1)));
    await until(() => calls.every((count) => count > 0));
    watches[0]?.stop();
    const [first, second = 0] = calls;
    await until(() => (calls[1] ?? 0) > second + 2);
    assert.equal(calls[0], first);
    watches[1]?.stop();
    closeFd(fd);
  });

  test(`${way}: an fd closed too early disturbs nobody, nor does its number's next file`, async () => {
    const old = eventFd(0);
    const stale = kernel.watch(old, () => assert.fail("nobody writes to it"));
    closeFd(old);
    const fd = eventFd(1);
    assert.equal(fd, old, "the kernel gives the lowest number");
    let calls = 0;
    const watch = kernel.watch(fd, () => void (calls += 1));
    await until(() => calls > 0);
    stale.stop();
    const before = calls;
    await until(() => calls > before);
    watch.stop();
    closeFd(fd);
  });

  test(`${way}: 10,000 watches in a row leave no fd and no thread behind`, async () => {
    const fd = eventFd(0);
    kernel.watch(fd, () => undefined).stop();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const [fds, threads] = [countFds(), countThreads()];
    for (let i = 0; i < 10_000; i++) {
      kernel.watch(fd, () => undefined).stop();
      if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => countThreads() <= threads);
    assert.equal(countFds(), fds);
    closeFd(fd);
  });

  test(`${way}: watching leaves the file's flags alone`, () => {
    const fd = addon.syscall(nr.eventfd2, 2, 0, 0o2000000);
    const fcntl = process.arch === "arm64" ? 25 : 72;
    const before = addon.syscall(fcntl, 3, fd, 3, 0);
    const watch = kernel.watch(fd, () => undefined);
    assert.equal(addon.syscall(fcntl, 3, fd, 3, 0), before);
    watch.stop();
    closeFd(fd);
  });

  test(`${way}: what cannot be watched is a SyscallError, and nothing leaks`, () => {
    const file = memory(4096);
    // A file on disk or tmpfs has no poll (EPERM); -1 is no fd (EBADF).
    const fds = countFds();
    for (const [fd, errno] of [
      [-1, 9],
      [file, 1],
    ] as const) {
      assert.throws(
        () => kernel.watch(fd, () => undefined),
        (error: unknown) => error instanceof Error && "errno" in error && error.errno === errno,
      );
    }
    assert.equal(countFds(), fds);
    closeFd(file);
  });

  const child = (body: string) =>
    spawnSync(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { readdirSync } from "node:fs";
        const { eventFd, signal, drain, sys } = await import(${JSON.stringify(import.meta.resolve("./sys-door.js"))});
        const kernel = sys.nativeKernel({ watch: "${way}" });
        ${body}`,
      ],
      { encoding: "utf8", timeout: 20_000 },
    );

  test(`${way}: a watch keeps the process alive until it is stopped or let go`, () => {
    const stopped = child(`const fd = eventFd(0);
      const watch = kernel.watch(fd, () => { console.log("called"); watch.stop(); });
      setTimeout(() => signal(fd), 30).unref();
      kernel.watch(eventFd(0), () => {}).unref();`);
    // The timer is let go, so only the watch holds the process until it fires.
    assert.deepEqual([stopped.stdout, stopped.status], ["called\n", 0], stopped.stderr);
    const letGo = child(
      `const watch = kernel.watch(eventFd(0), () => {}); watch.unref(); watch.ref(); watch.unref();`,
    );
    assert.deepEqual([letGo.signal, letGo.status], [null, 0], letGo.stderr);
    const held = child(`const watch = kernel.watch(eventFd(0), () => {}); watch.unref(); watch.ref();
      setTimeout(() => process.exit(7), 30).unref();`);
    assert.equal(held.status, 7, held.stderr);
  });

  test(`${way}: process.exit and a crash with watches running are clean`, () => {
    assert.equal(child(`kernel.watch(eventFd(1), () => process.exit(3));`).status, 3);
    const thrown = child(`kernel.watch(eventFd(1), () => { throw new Error("from the callback"); });`);
    assert.equal(thrown.status, 1);
    assert.match(thrown.stderr, /from the callback/);
  });

  test(`${way}: an exception reaches "uncaughtException" and the watch goes on`, () => {
    const { stdout, stderr } = child(`let calls = 0;
      process.on("uncaughtException", (error) => console.log(error.message));
      const watch = kernel.watch(eventFd(1), () => { calls += 1; if (calls === 3) watch.stop(); throw new Error("call " + calls); });`);
    assert.equal(stdout, "call 1\ncall 2\ncall 3\n", stderr);
  });

  test(`${way}: workers end while their watches run; no thread, no fd stays`, async () => {
    const round = async (): Promise<void> => {
      const code = `import(${JSON.stringify(built("kernel/sys/index.js"))}).then(({ nativeKernel }) => {
        const kernel = nativeKernel({ watch: "${way}" });
        const fd = kernel.syscall("epoll_create1", [0o2000000]);
        for (let i = 0; i < 5; i++) kernel.watch(${busy}, () => {});
        kernel.watch(fd, () => {});
        require("node:worker_threads").parentPort.postMessage(fd);
      });`;
      const worker = new Worker(code, { eval: true });
      const fd = await new Promise<unknown>((resolve, reject) =>
        worker.once("message", resolve).once("error", reject),
      );
      await worker.terminate();
      closeFd(Number(fd));
    };
    const busy = eventFd(1);
    await round();
    const [fds, threads] = [countFds(), countThreads()];
    for (let i = 0; i < 20; i++) await round();
    await until(() => countThreads() <= threads);
    assert.equal(countFds(), fds);
    closeFd(busy);
  });
}
