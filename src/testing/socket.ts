import { hostIsLittleEndian } from "../format/abi/index.ts";
import { asciiOf } from "./attr.ts";
import { errno } from "./errno.ts";
import type { FakeObject } from "./fd-table.ts";

const SIOCGIFINDEX = 0x8933;
const IFNAMSIZ = 16;

/** A socket, for what it says of network interfaces. */
export class FakeSocket implements FakeObject {
  private readonly interfaces: ReadonlyMap<string, number>;

  constructor(interfaces: ReadonlyMap<string, number>) {
    this.interfaces = interfaces;
  }

  describe(): string {
    return "socket";
  }

  /** SIOCGIFINDEX on a `struct ifreq`; 0 or -errno. */
  ioctl(request: number, argument: number | Uint8Array): number {
    if (request !== SIOCGIFINDEX || typeof argument === "number") return -errno.EINVAL;
    const index = this.interfaces.get(asciiOf(argument.subarray(0, IFNAMSIZ)));
    if (index === undefined) return -errno.ENODEV;
    new DataView(argument.buffer, argument.byteOffset).setInt32(IFNAMSIZ, index, hostIsLittleEndian);
    return 0;
  }
}
