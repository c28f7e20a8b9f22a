import { encodeUtf8 } from "../format/bytes/index.ts";
import { attachTypes, linkTypes, programTypes, structs } from "../format/abi/index.ts";
import type { Reference } from "../kernel/sys/index.ts";
import { asciiOf, Attr } from "./attr.ts";
import { errno } from "./errno.ts";
import type { FakeObject } from "./fd-table.ts";
import { FakeLink } from "./link.ts";
import type { IdTable, Machine } from "./machine.ts";
import { FakeMap } from "./map.ts";
import { FakeBtf, FakeProgram } from "./program.ts";

/** Kinds of objects with ids. */
export type ObjectKind = "maps" | "programs" | "links" | "btfs";

/** BPF_*_GET_NEXT_ID */
export function nextId(machine: Machine, kind: ObjectKind, bytes: Uint8Array): number {
  const attr = new Attr(structs.bpfAttrGetId, bytes, []);
  if (attr.get("start_id") >= 0x7fff_ffff) return -errno.EINVAL;
  const next = tableOf(machine, kind).after(attr.get("start_id"));
  if (next === undefined) return -errno.ENOENT;
  attr.set("next_id", next);
  return 0;
}

/** BPF_*_GET_FD_BY_ID */
export function openById(machine: Machine, kind: ObjectKind, bytes: Uint8Array): number {
  const object = tableOf(machine, kind).get(new Attr(structs.bpfAttrGetId, bytes, []).get("start_id"));
  return object === undefined ? -errno.ENOENT : machine.fds.open(object);
}

/** BPF_OBJ_PIN */
export function pin(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrObj, bytes, references);
  const object = machine.fds.get(attr.get("bpf_fd"));
  const path = attr.pointer("pathname");
  if (path === undefined) return -errno.EINVAL;
  if (!pinnable(object)) return object === undefined ? -errno.EBADF : -errno.EINVAL;
  const name = asciiOf(path);
  // bpf_obj_do_pin: the parent must be a directory of bpffs.
  if (!name.startsWith(`${machine.bpffs}/`)) return -errno.EPERM;
  if (machine.pins.has(name)) return -errno.EEXIST;
  machine.pins.set(name, object);
  machine.fds.hold(object);
  return 0;
}

/** BPF_OBJ_GET */
export function openPin(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const path = new Attr(structs.bpfAttrObj, bytes, references).pointer("pathname");
  const object = path === undefined ? undefined : machine.pins.get(asciiOf(path));
  return object === undefined ? -errno.ENOENT : machine.fds.open(object);
}

/** BPF_OBJ_GET_INFO_BY_FD */
export function objectInfo(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrObjGetInfo, bytes, references);
  const object = machine.fds.get(attr.get("bpf_fd"));
  const length = attr.get("info_len");
  if (object instanceof FakeMap) return mapInfo(attr, object, length);
  if (object instanceof FakeProgram) return programInfo(attr, object, length);
  if (object instanceof FakeBtf) return btfInfo(attr, object, length);
  if (object instanceof FakeLink) return linkInfo(attr, object, length);
  return object === undefined ? -errno.EBADF : -errno.EINVAL;
}

type InfoAttr = Attr<typeof structs.bpfAttrObjGetInfo>;

function mapInfo(attr: InfoAttr, map: FakeMap, length: number): number {
  const info = attr.struct("info", structs.bpfMapInfo);
  if (info === undefined) return -errno.EINVAL;
  const { request } = map;
  info.set("type", request.type);
  info.set("id", map.id);
  info.set("key_size", request.keySize);
  info.set("value_size", request.valueSize);
  info.set("max_entries", request.maxEntries);
  info.set("map_flags", request.flags);
  info.set("name", request.name);
  info.set("btf_id", request.btfId);
  info.set("btf_key_type_id", request.btfKeyType);
  info.set("btf_value_type_id", request.btfValueType);
  info.set("map_extra", request.mapExtra);
  attr.set("info_len", Math.min(length, structs.bpfMapInfo.size));
  return 0;
}

function programInfo(attr: InfoAttr, program: FakeProgram, length: number): number {
  const info = attr.struct("info", structs.bpfProgInfo);
  if (info === undefined) return -errno.EINVAL;
  const { request, maps } = program;
  const wanted = info.get("nr_map_ids");
  const ids = info.pointer("map_ids");
  for (const [index, map] of maps.slice(0, wanted).entries()) {
    ids?.set(new Uint8Array(Uint32Array.of(map.id).buffer), index * 4);
  }
  const room = info.get("xlated_prog_len");
  info.pointer("xlated_prog_insns")?.set(request.code.subarray(0, room));
  info.set("type", programTypes.indexOf(request.type));
  info.set("id", program.id);
  info.set("tag", program.tag);
  info.set("name", request.name);
  info.set("btf_id", program.btfId);
  info.set("nr_map_ids", maps.length);
  info.set("xlated_prog_len", request.code.length);
  info.set("verified_insns", request.code.length / 8);
  info.set("attach_btf_id", request.attachBtfId);
  attr.set("info_len", Math.min(length, structs.bpfProgInfo.size));
  return 0;
}

function btfInfo(attr: InfoAttr, btf: FakeBtf, length: number): number {
  const info = attr.struct("info", structs.bpfBtfInfo);
  if (info === undefined) return -errno.EINVAL;
  info.pointer("btf")?.set(btf.bytes.subarray(0, info.get("btf_size")));
  info.set("btf_size", btf.bytes.length);
  info.set("id", btf.id);
  attr.set("info_len", Math.min(length, structs.bpfBtfInfo.size));
  return 0;
}

function linkInfo(attr: InfoAttr, link: FakeLink, length: number): number {
  const info = attr.struct("info", structs.bpfLinkInfo);
  if (info === undefined) return -errno.EINVAL;
  const { target } = link;
  info.set("type", linkTypes.indexOf(target.type));
  info.set("id", link.id);
  info.set("prog_id", link.program?.id ?? 0);
  if (target.type === "tracing" && target.attachType !== undefined) {
    info.set("tracing.attach_type", attachTypes.indexOf(target.attachType));
  }
  if (target.type === "raw_tracepoint") {
    const name = encodeUtf8(`${target.name}\0`);
    const room = info.pointer("raw_tracepoint.tp_name");
    room?.set(name.subarray(0, room.length));
    info.set("raw_tracepoint.tp_name_len", name.length);
  }
  attr.set("info_len", Math.min(length, structs.bpfLinkInfo.size));
  return 0;
}

/** Which objects bpffs takes. */
function pinnable(object: FakeObject | undefined): object is FakeMap | FakeProgram | FakeLink {
  return object instanceof FakeMap || object instanceof FakeProgram || object instanceof FakeLink;
}

function tableOf(machine: Machine, kind: ObjectKind): IdTable<FakeObject & { id: number }> {
  return machine[kind];
}
