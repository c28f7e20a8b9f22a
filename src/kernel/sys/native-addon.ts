/**
 * Loads the addon from its base64 image: written to a file without a name, loaded through /proc/self/fd, gone when
 * the process ends. No install script, no file left, the same in Node, Bun, Deno and single executables.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { NativeError } from "../../errors.ts";
import { addonHash, addonImages } from "./addon.gen.ts";

/** What native/README.md describes. */
export interface NativeAddon {
  /** `(number, count, ...arguments, ...[holder, offset, buffer])`: the result or -errno. */
  syscall(number: number, count: number, ...values: readonly CallValue[]): number;
  /** The same off the thread, with signals kept away. */
  syscallAsync(number: number, count: number, ...values: readonly CallValue[]): Promise<number>;
  /** The ArrayBuffer or -errno; -ENOTSUP where the runtime takes no external memory. */
  mmap(fd: number, length: number, protection: number, flags: number, offset: number): ArrayBuffer | number;
  /** 0, or -EINVAL for what is no mapping any more, or -EBUSY where the runtime does not detach it. */
  munmap(mapping: ArrayBuffer): number;
  /** 32 bits at a multiple of 4. */
  loadAcquire(offset: number, mapping: ArrayBuffer): number;
  /** 64 bits at a multiple of 8. */
  storeRelease(offset: number, low: number, high: number, mapping: ArrayBuffer): void;
  /** An id above 0, or -errno. `wake` -1: in the loop; else `fd` is an epoll fd that a thread waits on. */
  watch(fd: number, wake: number, callback: (events: number, key: number) => void): number;
  /** 0: stop, 1: let the event loop end, 2: keep it running. Nothing for an id that was stopped. */
  control(id: number, operation: 0 | 1 | 2): void;
}

/** An argument of a system call, or a part of a reference. */
export type CallValue = number | Uint8Array;

// asm-generic/fcntl.h: __O_TMPFILE is the same on x86-64 and arm64, O_DIRECTORY is not; Node names only the latter.
const O_TMPFILE = 0o20000000;

/** Where an image can be put: memory first; Docker mounts /dev/shm noexec; then what the user set. */
function directories(): readonly string[] {
  return [...new Set(["/dev/shm", "/tmp", tmpdir()])];
}

/**
 * A path of this fd that also spells the image's digest, in "/." for each 1 and "/" for each 0. The dynamic linker
 * takes a path that it has seen before for the same library, and fd numbers come back: another version of this addon
 * in the process, or another package that loads this way, must not get ours.
 */
function pathOf(fd: number): string {
  const bits = addonHash.replaceAll(/./g, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
  return `/proc/self/fd${bits.replaceAll(/./g, (bit) => (bit === "1" ? "/." : "/"))}/${fd}`;
}

function open(path: string): NativeAddon {
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, path);
  // native/addon.c exports exactly these functions.
  return module.exports as NativeAddon;
}

function loadAnonymous(directory: string, image: Uint8Array): NativeAddon {
  const fd = openSync(directory, O_TMPFILE | constants.O_DIRECTORY | constants.O_RDWR, 0o700);
  try {
    writeFileSync(fd, image);
    return open(pathOf(fd));
  } finally {
    closeSync(fd);
  }
}

/** For file systems without O_TMPFILE (some overlays) and machines without /proc. */
function loadNamed(directory: string, image: Uint8Array): NativeAddon {
  const own = mkdtempSync(`${directory}/tsbpf-`);
  try {
    const path = `${own}/tsbpf-${addonHash}.node`;
    writeFileSync(path, image, { mode: 0o700 });
    return open(path);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function refuse(
  detail: string,
  tried: readonly string[],
  solutions: readonly string[],
  cause?: unknown,
): never {
  throw new NativeError(detail, tried, solutions, { cause });
}

/**
 * Loads the addon into this thread; nothing is done before the first call.
 * @throws NativeError where there is none for this machine, or where no directory lets it be loaded.
 */
export function loadAddon(): NativeAddon {
  const machine = `${process.platform}-${process.arch}`;
  const encoded = addonImages[machine];
  if (process.platform !== "linux") {
    refuse(
      `expected Linux to talk to its kernel, found ${process.platform}`,
      [],
      ["load and attach on Linux; compiling, inspecting and generating types work here"],
    );
  }
  if (encoded === undefined) {
    refuse(
      `expected an addon for ${machine}, found ${Object.keys(addonImages).join(", ") || "none in this build"}`,
      [],
      ["load and attach on linux-x64 or linux-arm64; compiling, inspecting and generating types work here"],
    );
  }
  const image = Buffer.from(encoded, "base64");
  const tried: string[] = [];
  let cause: unknown;
  for (const [how, load] of [
    ["unnamed file in", loadAnonymous],
    ["file in", loadNamed],
  ] as const) {
    for (const directory of directories()) {
      try {
        return load(directory, image);
      } catch (error) {
        cause = error;
        tried.push(`${how} ${directory}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return refuse(
    `expected a place to load the addon from, found none: ${tried.join("; ")}`,
    tried,
    [
      "set TMPDIR to a writable directory on a file system that is not mounted noexec",
      "where native code is refused as a whole (--permission, Deno without --allow-ffi), allow it for this program",
    ],
    cause,
  );
}
