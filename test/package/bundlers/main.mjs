// Built or run by run.mjs: says what kind of event the program that it imports delivers.
import { execFileSync } from "node:child_process";
import trace from "./trace.bpf.c";

const object = await trace.load();
const events = object.maps.events.events();
object.attach();
const timer = setInterval(() => execFileSync("/bin/true"), 20);
for await (const event of events) {
  if (event.fname !== "/bin/true" || event.ppid !== process.pid) continue;
  console.log(`${event.cookie} ${typeof event.timestamp_ns}`);
  break;
}
clearInterval(timer);
object.close();
