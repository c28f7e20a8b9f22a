// Packets that arrive at an interface, by protocol, every second, until Ctrl-C:  npm start -- eth0
import { setTimeout } from "node:timers/promises";
import packets from "./packets.bpf.gen.ts";

const protocols: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6" };
const object = await packets.load();
object.programs.count_packet.attachXdp(process.argv[2] ?? "lo");

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
while (!stop.signal.aborted) {
  await setTimeout(1000, undefined, { signal: stop.signal }).catch(() => undefined);
  const lines: string[] = [];
  for (const [protocol, perCpu] of object.maps.packets.entries()) {
    const count = perCpu.reduce((sum, one) => sum + one, 0n);
    if (count > 0n) lines.push(`${protocols[protocol] ?? `protocol ${protocol}`} ${count}`);
  }
  console.log(lines.join(", ") || "no packets yet");
}
object.close(); // detaches and unloads
