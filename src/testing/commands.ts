import { bpfCmd, structs } from "../format/abi/index.ts";
import type { Reference } from "../kernel/sys/index.ts";
import { Attr } from "./attr.ts";
import { errno } from "./errno.ts";
import type { Machine } from "./machine.ts";
import { FakeMap } from "./map.ts";
import { createMap, mapBatch, mapElement } from "./map-commands.ts";
import { nextId, objectInfo, openById, openPin, pin } from "./object-commands.ts";
import { FakeProgram } from "./program.ts";
import {
  createLink,
  detachLink,
  loadBtf,
  loadProgram,
  openRawTracepoint,
  updateLink,
} from "./program-commands.ts";

type Command = (machine: Machine, attr: Uint8Array, references: readonly Reference[]) => number;
const element =
  (operation: Parameters<typeof mapElement>[1]): Command =>
  (machine, attr, references) =>
    mapElement(machine, operation, attr, references);
const batch =
  (operation: Parameters<typeof mapBatch>[1]): Command =>
  (machine, attr, references) =>
    mapBatch(machine, operation, attr, references);
const opens =
  (what: string): Command =>
  (machine) =>
    machine.fds.open({ describe: () => what });

/** bpf(2) by number. What is not here answers EINVAL, as an unknown command does. */
export const commands: { readonly [command: number]: Command | undefined } = {
  [bpfCmd.BPF_MAP_CREATE]: createMap,
  [bpfCmd.BPF_MAP_LOOKUP_ELEM]: element("lookup"),
  [bpfCmd.BPF_MAP_UPDATE_ELEM]: element("update"),
  [bpfCmd.BPF_MAP_DELETE_ELEM]: element("delete"),
  [bpfCmd.BPF_MAP_GET_NEXT_KEY]: element("next"),
  [bpfCmd.BPF_MAP_LOOKUP_AND_DELETE_ELEM]: element("take"),
  [bpfCmd.BPF_MAP_FREEZE]: element("freeze"),
  [bpfCmd.BPF_MAP_LOOKUP_BATCH]: batch("lookup"),
  [bpfCmd.BPF_MAP_LOOKUP_AND_DELETE_BATCH]: batch("take"),
  [bpfCmd.BPF_MAP_UPDATE_BATCH]: batch("update"),
  [bpfCmd.BPF_MAP_DELETE_BATCH]: batch("delete"),
  [bpfCmd.BPF_PROG_LOAD]: loadProgram,
  [bpfCmd.BPF_BTF_LOAD]: loadBtf,
  [bpfCmd.BPF_OBJ_PIN]: pin,
  [bpfCmd.BPF_OBJ_GET]: openPin,
  [bpfCmd.BPF_OBJ_GET_INFO_BY_FD]: objectInfo,
  [bpfCmd.BPF_MAP_GET_NEXT_ID]: (machine, attr) => nextId(machine, "maps", attr),
  [bpfCmd.BPF_PROG_GET_NEXT_ID]: (machine, attr) => nextId(machine, "programs", attr),
  [bpfCmd.BPF_LINK_GET_NEXT_ID]: (machine, attr) => nextId(machine, "links", attr),
  [bpfCmd.BPF_BTF_GET_NEXT_ID]: (machine, attr) => nextId(machine, "btfs", attr),
  [bpfCmd.BPF_MAP_GET_FD_BY_ID]: (machine, attr) => openById(machine, "maps", attr),
  [bpfCmd.BPF_PROG_GET_FD_BY_ID]: (machine, attr) => openById(machine, "programs", attr),
  [bpfCmd.BPF_LINK_GET_FD_BY_ID]: (machine, attr) => openById(machine, "links", attr),
  [bpfCmd.BPF_BTF_GET_FD_BY_ID]: (machine, attr) => openById(machine, "btfs", attr),
  [bpfCmd.BPF_RAW_TRACEPOINT_OPEN]: openRawTracepoint,
  [bpfCmd.BPF_LINK_CREATE]: createLink,
  [bpfCmd.BPF_LINK_UPDATE]: updateLink,
  [bpfCmd.BPF_LINK_DETACH]: detachLink,
  [bpfCmd.BPF_PROG_BIND_MAP]: bindMap,
  [bpfCmd.BPF_ENABLE_STATS]: opens("run-time statistics"),
};

/** BPF_PROG_BIND_MAP: the program becomes a user of the map (RULES 21). */
function bindMap(machine: Machine, attr: Uint8Array, references: readonly Reference[]): number {
  const fields = new Attr(structs.bpfAttrProgBindMap, attr, references);
  const program = machine.fds.get(fields.get("prog_fd"));
  const map = machine.fds.get(fields.get("map_fd"));
  if (!(program instanceof FakeProgram) || !(map instanceof FakeMap)) return -errno.EBADF;
  program.bind(map, () => machine.fds.hold(map));
  return 0;
}
