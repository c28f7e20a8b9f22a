// The test object, compiled with the headers of some libbpf.
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Clang from "../../dist/toolchain/clang/index.js";
import { built, root } from "./sys-door.js";

const clang = (await import(built("toolchain/clang/index.js"))) as typeof Clang;

/** `folder` holds bpf/usdt.bpf.h; what that includes of Linux's own headers is this machine's. */
export async function compileWith(folder: string): Promise<Uint8Array> {
  const source = fileURLToPath(new URL("testdata/src/usdt_any.bpf.c", root));
  const machine = readdirSync("/usr/include").filter((name) => name.endsWith("-linux-gnu"));
  const system = ["/usr/include", ...machine.map((name) => `/usr/include/${name}`)];
  const flags = system.flatMap((path) => ["-idirafter", path]);
  // Under a name of its own: clang passes over an -I that is one of the system's folders, and finds ours instead.
  const own = mkdtempSync(join(tmpdir(), "tsbpf-headers-"));
  try {
    symlinkSync(join(folder, "bpf"), join(own, "bpf"));
    const { object } = await clang.compile(source, { includes: [own], flags });
    return object;
  } finally {
    rmSync(own, { recursive: true });
  }
}
