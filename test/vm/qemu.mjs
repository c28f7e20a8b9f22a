// One boot of the guest: its output streamed, its exit status returned, its time bounded.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const kernelArguments = [
  "console=ttyS0",
  "loglevel=4",
  // With -no-reboot, a panic ends QEMU.
  "panic=-1",
  // Page table isolation and the like cost an emulated processor most of its speed and protect nobody here.
  "mitigations=off",
  "nowatchdog",
];

/** Boots and returns { status, why }: `status` is undefined when the guest ended without telling one, `why` says how. */
export async function boot({ folder, kernel, initramfs, seconds, memory = "3G", cpus = 2 }) {
  const console_ = join(folder, "console.txt");
  const args = [
    ["-nodefaults", "-no-user-config", "-no-reboot"],
    ["-display", "none", "-monitor", "none"],
    // Software emulation everywhere: a nested /dev/kvm can be there and hang.
    ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", String(cpus), "-m", memory],
    ["-kernel", join(kernel.folder, `boot/vmlinuz-${kernel.release}`), "-initrd", initramfs],
    ["-append", kernelArguments.join(" ")],
    ["-chardev", "stdio,id=out,signal=off", "-serial", `file:${console_}`, "-serial", "chardev:out"],
    ["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"],
    ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"],
  ].flat();
  const child = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "inherit", "inherit"] });
  const stop = () => child.kill("SIGKILL");
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.once(signal, stop);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, seconds * 1000);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(timer);
  for (const name of signals) process.removeListener(name, stop);
  // The debug exit port makes 2 * value + 1 of what guest.sh writes, its status + 1: so QEMU's own 0 and 1 stay apart.
  if (code !== null && code % 2 === 1 && code > 1) return { status: (code >> 1) - 1 };
  const why = late ? `not done after ${seconds} s` : `QEMU ended with ${signal ?? `status ${code}`}`;
  return { status: undefined, why, messages: readMessages(console_) };
}

function readMessages(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
