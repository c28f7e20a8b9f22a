import assert from "node:assert/strict";
import { asText, attachedTo, tinyBtf } from "./objects.ts";
import {
  attr,
  code,
  createMap,
  errno,
  eventually,
  harmless,
  info,
  insn,
  loadProgram,
  ok,
  text,
  type,
  wordOf,
  type ContractCase,
} from "./call.ts";

const RAW_TRACEPOINT = 17;
const TRACEPOINT = 5;
const ENABLE = 0x2400;
const SET_BPF = 0x40042408;

export const programCases: readonly ContractCase[] = [
  {
    name: "a program is loaded, described, found by id; also off-thread",
    run: async ({ kernel }) => {
      const fd = ok(loadProgram(kernel, harmless));
      const about = info(kernel, fd, 88);
      assert.equal(wordOf(about, 0), 1);
      const id = wordOf(about, 4);
      // Of `r0 = 0; exit`: SHA-1 before Linux 6.18, SHA-256 since.
      assert.match(
        Buffer.from(about.subarray(8, 16)).toString("hex"),
        /^(a04f5eef06a7f555|59f4a931744dcdc6)$/,
      );
      const again = ok(kernel.bpf(13, attr(12, [0, id])));
      kernel.close(again);
      kernel.close(fd);
      await eventually(kernel, () => kernel.bpf(13, attr(12, [0, id])), errno.ENOENT);

      const license = { offset: 16, buffer: text("GPL") };
      const references = [{ offset: 8, buffer: harmless }, license];
      const later = ok(await kernel.bpfAsync(5, attr(72, [0, 1], [4, 2]), references));
      kernel.close(later);
    },
  },
  {
    name: "programs that cannot be: no code, unknown type, an unknown helper, a map that is none",
    run: ({ kernel }) => {
      assert.equal(loadProgram(kernel, new Uint8Array(0)), errno.E2BIG);
      assert.equal(loadProgram(kernel, harmless, 1000), errno.EINVAL);
      const log = new Uint8Array(4096);
      const unknownHelper = code(insn(0x85, 0, 0, 0, 900), insn(0xb7), insn(0x95));
      assert.equal(loadProgram(kernel, unknownHelper, 1, log), errno.EINVAL);
      assert.match(asText(log), /invalid func unknown#900/);
      const badMap = code(insn(0x18, 1, 1, 0, 1000), insn(0), insn(0xb7), insn(0x95));
      assert.equal(loadProgram(kernel, badMap, 1, log), errno.EBADF);
      assert.match(asText(log), /fd 1000 is not pointing to valid bpf_map/);
    },
  },
  {
    name: "a program keeps its maps alive and names them",
    run: async ({ kernel }) => {
      const map = ok(createMap(kernel, { type: type.array }));
      const uses = code(insn(0x18, 1, 1, 0, map), insn(0), insn(0xb7), insn(0x95));
      const id = wordOf(info(kernel, map, 80), 4);
      const fd = ok(loadProgram(kernel, uses));
      kernel.close(map);
      const ids = new Uint8Array(16);
      const about = new Uint8Array(88);
      new DataView(about.buffer).setUint32(52, 4, true);
      const references = [
        { offset: 8, buffer: about },
        { offset: 56, buffer: ids, inside: 0 },
      ];
      ok(kernel.bpf(15, attr(16, [0, fd], [4, about.length]), references));
      assert.equal(wordOf(about, 52), 1);
      assert.equal(wordOf(ids), id);
      kernel.close(fd);
      // The kernel frees programs and their maps after a grace period.
      await eventually(kernel, () => kernel.bpf(14, attr(12, [0, id])), errno.ENOENT);
    },
  },
  {
    name: "raw tracepoint: a link by name, described, gone with its fd",
    run: async ({ kernel }) => {
      const program = ok(loadProgram(kernel, harmless, RAW_TRACEPOINT));
      const open = (name: string, fd: number): number =>
        kernel.bpf(17, attr(24, [8, fd]), [{ offset: 0, buffer: text(name) }]);
      assert.equal(open("no_such_tracepoint", program), errno.ENOENT);
      assert.equal(open("sched_switch", 1000), errno.EBADF);
      const filter = ok(loadProgram(kernel, harmless));
      assert.equal(open("sched_switch", filter), errno.EINVAL);
      kernel.close(filter);
      const link = ok(open("sched_switch", program));
      const about = info(kernel, link, 32);
      assert.equal(wordOf(about, 0), 1);
      assert.equal(wordOf(about, 8), wordOf(info(kernel, program, 88), 4));
      const linkId = wordOf(about, 4);
      assert.equal(kernel.bpf(34, attr(4, [0, link])), errno.EOPNOTSUPP);
      kernel.close(program);
      kernel.close(link);
      await eventually(kernel, () => kernel.bpf(30, attr(12, [0, linkId])), errno.ENOENT);
    },
  },
  {
    name: "tracepoint: by perf event and ioctl, or by a perf link",
    run: ({ kernel, tracepoint }) => {
      const program = ok(loadProgram(kernel, harmless, TRACEPOINT));
      assert.equal(attachedTo(kernel, 0x7fff_0000), errno.EINVAL);
      const event = ok(attachedTo(kernel, tracepoint));
      assert.equal(kernel.ioctl(event, SET_BPF, 1000), errno.EBADF);
      assert.equal(kernel.ioctl(event, SET_BPF, program), 0);
      assert.equal(kernel.ioctl(event, SET_BPF, program), errno.EEXIST);
      assert.equal(kernel.ioctl(event, ENABLE, 0), 0);
      kernel.close(event);

      const perfLink = (target: number): number =>
        kernel.bpf(28, attr(64, [0, program], [4, target], [8, 41]));
      assert.equal(perfLink(-1), errno.EBADF);
      const second = ok(attachedTo(kernel, tracepoint));
      const link = ok(perfLink(second));
      assert.equal(kernel.ioctl(second, ENABLE, 0), 0);
      kernel.close(link);
      kernel.close(second);
      kernel.close(program);
    },
  },
  {
    name: "BTF: loaded, read back; a wrong magic is refused",
    run: ({ kernel }) => {
      const bytes = tinyBtf();
      const load = (btf: Uint8Array): number =>
        kernel.bpf(18, attr(28, [16, btf.length]), [{ offset: 0, buffer: btf }]);
      const fd = ok(load(bytes));
      const about = new Uint8Array(32);
      const copy = new Uint8Array(bytes.length);
      new DataView(about.buffer).setUint32(8, copy.length, true);
      const references = [
        { offset: 8, buffer: about },
        { offset: 0, buffer: copy, inside: 0 },
      ];
      ok(kernel.bpf(15, attr(16, [0, fd], [4, about.length]), references));
      assert.equal(wordOf(about, 8), bytes.length);
      assert.deepEqual(copy, bytes);
      kernel.close(fd);
      assert.equal(load(bytes.with(0, 0)), errno.EINVAL);
    },
  },
];
