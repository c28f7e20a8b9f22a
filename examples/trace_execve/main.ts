// Traces every execve() on this machine until Ctrl-C.
//
//   npx tsbpf build trace_execve.bpf.c     writes trace_execve.bpf.gen.ts: the compiled program and its types
//   node main.ts                           as root; Node 22.18 or later runs TypeScript as it is
import trace from "./trace_execve.bpf.gen.ts";

const object = await trace.load();
object.programs.trace_execve_enter.attachTracepoint("syscalls", "sys_enter_execve");
process.once("SIGINT", () => object.close()); // detaches, and ends the loop below

for await (const event of object.maps.perf_map.events()) {
  console.log(`${event.comm} (${event.tgid}, child of ${event.pcomm}) executes ${event.fname}`);
}
