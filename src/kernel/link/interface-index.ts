import { hostIsLittleEndian } from "../../format/abi/index.ts";
import { encodeUtf8 } from "../../format/bytes/index.ts";
import type { Kernel } from "../sys/index.ts";

// bits/socket.h, linux/sockios.h, net/if.h
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCGIFINDEX = 0x8933;
/** `struct ifreq`: 16 bytes of name, then a union with the index. */
const IFREQ = 40;
const IFNAMSIZ = 16;
const ENODEV = 19;

/**
 * The index of a network interface in this process's network namespace, or -errno. A socket is asked, as if_nametoindex(3)
 * does: /sys/class/net shows the namespace that sysfs was mounted in.
 */
export function interfaceIndex(kernel: Kernel, name: string): number {
  const bytes = encodeUtf8(name);
  if (bytes.length === 0 || bytes.length >= IFNAMSIZ) return -ENODEV;
  const socket = kernel.syscall("socket", [AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0]);
  if (socket < 0) return socket;
  try {
    const request = new Uint8Array(IFREQ);
    request.set(bytes);
    const answer = kernel.ioctl(socket, SIOCGIFINDEX, request);
    return answer < 0 ? answer : new DataView(request.buffer).getInt32(IFNAMSIZ, hostIsLittleEndian);
  } finally {
    kernel.close(socket);
  }
}
