// Every program that is executed on this machine, until Ctrl-C.
import execs from "./execs.bpf.gen.ts";

const object = await execs.load();
object.attach(); // to what SEC() says
process.once("SIGINT", () => object.close()); // detaches, and ends the loop below

for await (const event of object.maps.events.events()) {
  console.log(`${event.pid} (child of ${event.ppid}, user ${event.uid}) executes ${event.file}`);
}
