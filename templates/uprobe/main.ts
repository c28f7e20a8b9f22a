// Every host name that a process looks up with getaddrinfo(), until Ctrl-C.
import lookups from "./lookups.bpf.gen.ts";

const object = await lookups.load();
// Libraries are found by name, as the dynamic linker finds them; { pid } watches one process only.
object.programs.on_lookup.attachUprobe("libc.so.6", "getaddrinfo");
process.once("SIGINT", () => object.close()); // detaches, and ends the loop below

for await (const { pid, comm, host } of object.maps.events.events()) {
  console.log(`${comm} (${pid}) looks up ${host || "nothing"}`);
}
