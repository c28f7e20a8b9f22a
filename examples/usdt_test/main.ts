// Shows the tracing points of ../umark as they fire, until Ctrl-C.
//
//   cc -O2 -I include -o /usr/local/bin/umark examples/umark/umark.c && umark &
//   npx tsbpf build usdt_test.bpf.c
//   node main.ts [PID]                     as root; without a PID every umark is shown
import usdt from "./usdt_test.bpf.gen.ts";

const pid = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const object = await usdt.load();
const events = object.maps.events.events();
// Explicit: file, provider, name. The other program's section says the same for itself.
object.programs.usdt_probe1.attachUsdt("umark", "groupa", "probe1", { pid });
object.attach();
process.once("SIGINT", () => events.close());

for await (const { comm, pid: from, point, x, y } of events) {
  console.log(`${comm} (${from}) ${point}: x ${x}, y ${y}`);
}
object.close();
