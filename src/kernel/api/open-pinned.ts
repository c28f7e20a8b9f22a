import { argumentError } from "../../errors.ts";
import type { ObjectTypes } from "../../program/spec/index.ts";
import { Link } from "../link/index.ts";
import {
  mapCodecs,
  missingPin,
  openPin,
  OwnedFd,
  readLinkInfo,
  readMapInfo,
  readMapTypes,
  readProgramInfo,
} from "../object/index.ts";
import { BpfMap } from "./bpf-map.ts";
import { machineOf, type KernelAndHost, type MachineOptions } from "./default-machine.ts";
import { Program } from "./program.ts";

/**
 * Opens a pinned map. Keys and values look as the BTF that it was created with says; without (or without the
 * privilege to read it, CAP_SYS_ADMIN) they are bytes. SYSCALL with ENOENT if nothing is pinned there.
 */
export function openPinnedMap<Types extends ObjectTypes["maps"][string] = ObjectTypes["maps"][string]>(
  path: string,
  options: MachineOptions = {},
): BpfMap<Types["key"], Types["value"], Types["event"]> {
  const { machine, owner } = open(path, "map", options);
  const { kernel, host } = machine;
  return closing(owner, () => {
    const info = readMapInfo(kernel, host, owner.fd);
    if (info.type === "unspec") throw notA("map", path);
    const elements = mapCodecs({
      type: info.type,
      keySize: info.keySize,
      valueSize: info.valueSize,
      btf: readMapTypes(kernel, host, info),
      keyType: info.keyType,
      valueType: info.valueType,
      cpus: host.possibleCpus().length,
    });
    const { name, type, maxEntries, flags } = info;
    return new BpfMap({ kernel, host, owner, name, type, maxEntries, flags, ...elements });
  });
}

/** Opens a pinned program. SYSCALL with ENOENT if nothing is pinned there. */
export function openPinnedProgram(path: string, options: MachineOptions = {}): Program {
  const { machine, owner } = open(path, "program", options);
  return closing(owner, () => {
    const { name, type } = readProgramInfo(machine.kernel, machine.host, owner.fd);
    return new Program({ ...machine, owner, name, type });
  });
}

/** Opens a pinned link; detaching it leaves the attachment to its pin. SYSCALL with ENOENT if nothing is pinned there. */
export function openPinnedLink(path: string, options: MachineOptions = {}): Link {
  const { machine, owner } = open(path, "link", options);
  return closing(owner, () => {
    const info = readLinkInfo(machine.kernel, machine.host, owner.fd);
    const target = `${info.type} pinned at ${path}`;
    return new Link({ ...machine, program: `id ${info.programId}`, target, owner, others: [] });
  });
}

function open(
  path: string,
  what: string,
  options: MachineOptions,
): { machine: KernelAndHost; owner: OwnedFd } {
  const machine = machineOf(options);
  const fd = openPin(machine.kernel, machine.host, path);
  if (fd === undefined) throw missingPin(path);
  return { machine, owner: new OwnedFd(machine.kernel, fd, `${what} pinned at ${path}`) };
}

/** Gives the fd back if what follows is refused. */
function closing<T>(owner: OwnedFd, body: () => T): T {
  try {
    return body();
  } catch (error) {
    owner.close();
    throw error;
  }
}

function notA(what: string, path: string): Error {
  return argumentError(`${path}: expected a pinned ${what}, found something else`);
}
