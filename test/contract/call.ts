// Raw calls for the contract suite. Attrs are written byte by byte here, without the code under test.
import assert from "node:assert/strict";
import type { Kernel, Reference } from "../../dist/kernel/sys/index.js";

/** A kernel and what the suite needs beside it. */
export interface World {
  readonly kernel: Kernel;
  readonly pageSize: number;
  /** A directory of bpffs that the suite may write to, and how to remove a pin. */
  readonly pinDirectory: string;
  unlink(path: string): void;
  /** Id of syscalls/sys_enter_execve. */
  readonly tracepoint: number;
  /** Lets a program write the u64 values 0, 1, … count - 1 twice each (16 bytes a record) into a ring or perf array. */
  produce(map: number, kind: "ring" | "perf", count: number): void;
}

/** One behaviour that both kernels show. */
export interface ContractCase {
  readonly name: string;
  readonly run: (world: World) => void | Promise<void>;
}

export const errno = {
  ENOENT: -2,
  E2BIG: -7,
  EBADF: -9,
  EBUSY: -16,
  EEXIST: -17,
  EINVAL: -22,
  EPERM: -1,
  EOPNOTSUPP: -95,
  ENOTSUPP: -524,
} as const;

export const type = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf: 4,
  percpu_array: 6,
  array_of_maps: 12,
  queue: 22,
  ring: 27,
  user_ring: 31,
} as const;
export const flag = { NO_PREALLOC: 1, RDONLY_PROG: 0x80, MMAPABLE: 0x400 } as const;

/** `[offset, value, width = 4]` */
type Field = readonly [offset: number, value: number | bigint, width?: 4 | 8];

export function attr(size: number, ...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [offset, value, width = 4] of fields) {
    if (width === 8) view.setBigUint64(offset, BigInt(value), true);
    else view.setInt32(offset, Number(value), true);
  }
  return bytes;
}

export function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

export function wordOf(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** The answer, which must not be an error. */
export function ok(answer: number): number {
  assert.ok(answer >= 0, `expected an answer, found errno ${-answer}`);
  return answer;
}

interface MapShape {
  readonly type: number;
  readonly key?: number;
  readonly value?: number;
  readonly entries?: number;
  readonly flags?: number;
  readonly inner?: number;
}

export function createMap(kernel: Kernel, shape: MapShape): number {
  const { type, key = 4, value = 8, entries = 4, flags = 0, inner = 0 } = shape;
  return kernel.bpf(0, attr(48, [0, type], [4, key], [8, value], [12, entries], [16, flags], [20, inner]));
}

/** Elements: lookup 1, update 2, delete 3, next 4, take 21, freeze 22. */
export function element(
  kernel: Kernel,
  command: number,
  map: number,
  key: Uint8Array | undefined,
  value?: Uint8Array,
  flags = 0,
): number {
  const references: Reference[] = [];
  if (key !== undefined) references.push({ offset: 8, buffer: key });
  if (value !== undefined) references.push({ offset: 16, buffer: value });
  return kernel.bpf(command, attr(32, [0, map], [24, flags, 8]), references);
}

/** Loads code of a socket filter (1) unless said otherwise. */
export function loadProgram(kernel: Kernel, code: Uint8Array, programType = 1, log?: Uint8Array): number {
  const references: Reference[] = [
    { offset: 8, buffer: code },
    { offset: 16, buffer: text("GPL") },
  ];
  if (log !== undefined) references.push({ offset: 32, buffer: log });
  const fields: Field[] = [
    [0, programType],
    [4, code.length / 8],
    [24, log === undefined ? 0 : 1],
    [28, log?.length ?? 0],
  ];
  return kernel.bpf(5, attr(72, ...fields), references);
}

/** One instruction. */
export function insn(op: number, dst = 0, src = 0, offset = 0, immediate = 0): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  bytes[0] = op;
  bytes[1] = dst | (src << 4);
  view.setInt16(2, offset, true);
  view.setInt32(4, immediate, true);
  return bytes;
}

export function code(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `return 0` */
export const harmless = code(insn(0xb7), insn(0x95));

/** Info of an fd: the first `size` bytes of the kernel's struct. */
export function info(kernel: Kernel, fd: number, size: number): Uint8Array {
  const buffer = new Uint8Array(size);
  ok(kernel.bpf(15, attr(16, [0, fd], [4, size]), [{ offset: 8, buffer }]));
  return buffer;
}

/** Asks until the answer is the expected one, for half a second: an fd in between is closed again. */
export async function eventually(kernel: Kernel, ask: () => number, expected: number): Promise<void> {
  let answer = ask();
  for (let turn = 0; turn < 500 && answer !== expected; turn++) {
    if (answer >= 0) kernel.close(answer);
    await new Promise((resolve) => setTimeout(resolve, 1));
    answer = ask();
  }
  assert.equal(answer, expected);
}
