// A program that fills a ring buffer with records of a given size, without a compiler: socket filters can be repeated.
import { structs, encodeStruct, fieldOffset, bpfCmd } from "../../dist/format/abi/index.js";

const RESERVE = 131;
const SUBMIT = 132;

function insn(op, dst = 0, src = 0, offset = 0, immediate = 0) {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(op, 0);
  bytes.writeUInt8(dst | (src << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(immediate, 4);
  return bytes;
}

/**
 * The record: five u32, u32 padding, char comm[16], zero or more bytes. Each field is written; comm is one of 16
 * names, as on a machine where a few programs are busy.
 */
function fillerCode(map, counter, size) {
  const store = (at) => insn(0x63, 0, 7, at);
  return Buffer.concat([
    // r7 = counter++
    insn(0x18, 8, 2, 0, counter),
    insn(0),
    insn(0xb7, 7, 0, 0, 1),
    insn(0xdb, 8, 7, 0, 1),
    // r0 = bpf_ringbuf_reserve(map, size, 0)
    insn(0x18, 1, 1, 0, map),
    insn(0),
    insn(0xb7, 2, 0, 0, size),
    insn(0xb7, 3),
    insn(0x85, 0, 0, 0, RESERVE),

    // if (!r0) return
    insn(0x15, 0, 0, 15, 0),
    store(0),
    store(4),
    store(8),
    store(12),
    store(16),
    // comm = "bash" + ('a' + counter % 16)
    insn(0x62, 0, 0, 24, 0x68736162),
    insn(0x57, 7, 0, 0, 15),
    insn(0x07, 7, 0, 0, 0x61),
    insn(0x63, 0, 7, 28),
    insn(0x7a, 0, 0, 32, 0),
    // bpf_ringbuf_submit(r0, BPF_RB_NO_WAKEUP)
    insn(0xbf, 1, 0),
    insn(0xb7, 2, 0, 0, 1),
    insn(0x85, 0, 0, 0, SUBMIT),
    insn(0xb7, 0),
    insn(0x95),
    insn(0xb7, 0),
    insn(0x95),
  ]);
}

function must(answer, what) {
  if (answer < 0) throw new Error(`${what}: errno ${-answer}`);
  return answer;
}

/** A ring and the program that fills it; `pin` makes both files. */
export function openFiller(kernel, ringBytes, recordBytes) {
  const create = (values) =>
    must(kernel.bpf(bpfCmd.BPF_MAP_CREATE, encodeStruct(structs.bpfAttrMapCreate, values)), "map");
  const map = create({ map_type: 27, max_entries: ringBytes });
  const counter = create({ map_type: 2, key_size: 4, value_size: 8, max_entries: 1 });
  const code = fillerCode(map, counter, recordBytes);
  const load = structs.bpfAttrProgLoad;
  const log = new Uint8Array(65536);
  const values = { prog_type: 1, insn_cnt: code.length / 8, log_level: 1, log_size: log.length };
  const program = kernel.bpf(bpfCmd.BPF_PROG_LOAD, encodeStruct(load, values), [
    { offset: fieldOffset(load, "insns"), buffer: code },
    { offset: fieldOffset(load, "license"), buffer: Buffer.from("GPL\0") },
    { offset: fieldOffset(load, "log_buf"), buffer: log },
  ]);
  if (program < 0)
    throw new Error(`program: errno ${-program}\n${Buffer.from(log).toString("latin1").split("\0")[0]}`);
  const test = structs.bpfAttrProgTestRun;
  return {
    map,
    fill(count) {
      const attr = encodeStruct(test, { prog_fd: program, data_size_in: 64, repeat: count });
      must(
        kernel.bpf(bpfCmd.BPF_PROG_TEST_RUN, attr, [
          { offset: fieldOffset(test, "data_in"), buffer: new Uint8Array(64) },
        ]),
        "test run",
      );
    },
    pin(mapPath, programPath) {
      for (const [fd, path] of [
        [map, mapPath],
        [program, programPath],
      ]) {
        const attr = encodeStruct(structs.bpfAttrObj, { bpf_fd: fd });
        must(kernel.bpf(bpfCmd.BPF_OBJ_PIN, attr, [{ offset: 0, buffer: Buffer.from(`${path}\0`) }]), "pin");
      }
    },
  };
}
