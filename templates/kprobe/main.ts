// Every TCP connection (IPv4) that a process opens, until Ctrl-C.
import connects from "./connects.bpf.gen.ts";

const object = await connects.load();
object.attach(); // to what SEC() says; programs.on_connect.attachKprobe("tcp_connect") says it here
process.once("SIGINT", () => object.close()); // detaches, and ends the loop below

for await (const { pid, comm, address, port } of object.maps.events.events()) {
  console.log(`${comm} (${pid}) connects to ${address.join(".")}:${port}`);
}
