// Programs that emit records, assembled here so that the suite needs no compiler.
import type { Kernel } from "../../dist/kernel/sys/index.js";
import { attr, code, createMap, element, insn, loadProgram, ok, type, word } from "./call.ts";

const FETCH_ADD_64 = 0xdb;
const RINGBUF_OUTPUT = 130;
const PERF_EVENT_OUTPUT = 25;

/** A program that writes `{ u64 sequence; u64 sequence }` each time it runs. */
export interface Emitter {
  readonly program: number;
  /** Runs it in this thread. */
  run(times: number): void;
  /** Runs it in another thread. */
  runAsync(times: number): Promise<void>;
  /** How often the helper refused a record. */
  refused(): number;
  close(): void;
}

/** Sequence numbers count every run, refused ones too: gaps in what is read are what was lost. */
export function openEmitter(kernel: Kernel, map: number, kind: "ring" | "perf"): Emitter {
  const counters = ok(createMap(kernel, { type: type.array, value: 16, entries: 1 }));
  const program = ok(loadProgram(kernel, emitterCode(map, counters, kind)));
  const packet = new Uint8Array(64);
  const call = (times: number): [Uint8Array, { offset: number; buffer: Uint8Array }[]] => [
    attr(80, [0, program], [8, packet.length], [32, times]),
    [{ offset: 16, buffer: packet }],
  ];
  return {
    program,
    run: (times) => void ok(kernel.bpf(10, ...call(times))),
    runAsync: async (times) => void ok(await kernel.bpfAsync(10, ...call(times))),
    refused: () => {
      const value = new Uint8Array(16);
      ok(element(kernel, 1, counters, word(0), value));
      return Number(new BigUint64Array(value.buffer)[1]);
    },
    close: () => {
      kernel.close(program);
      kernel.close(counters);
    },
  };
}

/** A socket filter: BPF_PROG_TEST_RUN repeats it as often as asked. */
function emitterCode(map: number, counters: number, kind: "ring" | "perf"): Uint8Array {
  const output =
    kind === "ring"
      ? [
          // r1 = map; r2 = fp - 16; r3 = 16; r4 = 0
          insn(0x18, 1, 1, 0, map),
          insn(0),
          insn(0xbf, 2, 10),
          insn(0x07, 2, 0, 0, -16),
          insn(0xb7, 3, 0, 0, 16),
          insn(0xb7, 4, 0, 0, 0),
          insn(0x85, 0, 0, 0, RINGBUF_OUTPUT),
        ]
      : [
          // r1 = skb; r2 = map; w3 = BPF_F_CURRENT_CPU; r4 = fp - 16; r5 = 16
          insn(0xbf, 1, 6),
          insn(0x18, 2, 1, 0, map),
          insn(0),
          insn(0xb4, 3, 0, 0, -1),
          insn(0xbf, 4, 10),
          insn(0x07, 4, 0, 0, -16),
          insn(0xb7, 5, 0, 0, 16),
          insn(0x85, 0, 0, 0, PERF_EVENT_OUTPUT),
        ];
  return code(
    insn(0xbf, 6, 1),
    // r8 = counters[0]; r7 = sequence++
    insn(0x18, 8, 2, 0, counters),
    insn(0),
    insn(0xb7, 7, 0, 0, 1),
    insn(FETCH_ADD_64, 8, 7, 0, 1),
    insn(0x7b, 10, 7, -16),
    insn(0x7b, 10, 7, -8),
    ...output,
    // if (r0 != 0) counters[1]++
    insn(0x15, 0, 0, 2, 0),
    insn(0xb7, 1, 0, 0, 1),
    insn(FETCH_ADD_64, 8, 1, 8, 0),
    insn(0xb7, 0),
    insn(0x95),
  );
}
