import type { ProgramType } from "../../format/abi/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { readProgramInfo, type ProgramInfo } from "./info.ts";
import type { OwnedFd } from "./owned-fd.ts";
import { pinObject, unpinObject } from "./pins.ts";

/** What a program is made of. */
export interface ProgramParts {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly owner: OwnedFd;
  readonly name: string;
  readonly type: ProgramType;
}

/** A program in the kernel. It owns its fd. */
export class LoadedProgram {
  /** The C function's name. */
  readonly name: string;
  /** The program type, such as `"tracing"`: what it was loaded as. */
  readonly type: ProgramType;
  /** @internal */
  readonly kernel: Kernel;
  /** @internal */
  readonly host: Host;
  private readonly owner: OwnedFd;
  private pins: string[] = [];

  /** @internal */
  constructor(parts: ProgramParts) {
    this.name = parts.name;
    this.type = parts.type;
    this.kernel = parts.kernel;
    this.host = parts.host;
    this.owner = parts.owner;
  }

  /** The fd, this program's to close; CLOSED after {@link close}. */
  get fd(): number {
    return this.owner.fd;
  }

  /** What the kernel says of it now. */
  info(): ProgramInfo {
    return readProgramInfo(this.kernel, this.host, this.fd);
  }

  /** Makes the program reachable under a path of a BPF file system: it then outlives this process. */
  pin(path: string): void {
    pinObject(this.kernel, this.host, this.fd, path);
    this.pins.push(path);
  }

  /** Removes the path given, or all that {@link pin} made. */
  unpin(path?: string): void {
    for (const one of path === undefined ? this.pins : [path]) unpinObject(one);
    this.pins = path === undefined ? [] : this.pins.filter((one) => one !== path);
  }

  /** Gives the fd back; idempotent. The program lives on while links, pins or other processes hold it. */
  close(): void {
    this.owner.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
