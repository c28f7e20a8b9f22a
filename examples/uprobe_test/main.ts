// Shows calls of two functions of ../umark, until Ctrl-C.
//
//   cc -O2 -I include -o /usr/local/bin/umark examples/umark/umark.c && umark &
//   npx tsbpf build uprobe_test.bpf.c
//   node main.ts [PID]                     as root; without a PID every umark is shown
import { symbolOffset } from "tsbpf";
import uprobes from "./uprobe_test.bpf.gen.ts";

const pid = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const object = await uprobes.load();
const events = object.maps.events.events();
// By an offset that is computed; attachUprobe("umark", "func_uprobe1") does the same in one step.
const offset = symbolOffset("umark", "func_uprobe1");
object.programs.user_probe1.attachUprobe("umark", { offset }, { pid });
object.attach(); // user_probe2, to what its section says
process.once("SIGINT", () => events.close());

for await (const { comm, pid: from, function: name, x, y } of events) {
  console.log(`${comm} (${from}) ${name}: x ${x}, y ${y}`);
}
object.close();
