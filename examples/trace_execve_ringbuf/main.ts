// Traces what one user executes, or everybody, until Ctrl-C; then says what was lost.
//
//   npx tsbpf build trace_execve_ringbuf.bpf.c
//   node main.ts [UID]                     as root; Node 22.18 or later runs TypeScript as it is
import trace from "./trace_execve_ringbuf.bpf.gen.ts";

const uid = process.argv[2];
// A constant of the C program gets its value before the verifier sees it.
const object = await trace.load(uid === undefined ? {} : { set: { only_uid: Number(uid) } });
const events = object.maps.events.events();
object.attach(); // to what SEC("tracepoint/…") says
process.once("SIGINT", () => events.close());

for await (const event of events) {
  console.log(`${event.comm} (${event.tgid}, child of ${event.pcomm}) executes ${event.fname}`);
}
console.log(`${events.metrics().received} events, ${object.variables.lost} lost`);
object.close();
