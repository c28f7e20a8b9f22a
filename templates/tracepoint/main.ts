// Which programs start processes and threads? The busiest five, every second, until Ctrl-C.
import { setTimeout } from "node:timers/promises";
import starts from "./starts.bpf.gen.ts";

const object = await starts.load();
object.attach(); // to what SEC() says

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
while (!stop.signal.aborted) {
  await setTimeout(1000, undefined, { signal: stop.signal }).catch(() => undefined);
  const counts = [...object.maps.starts.entries()].sort(([, left], [, right]) => right - left);
  const busiest = counts.slice(0, 5).map(([{ comm }, count]) => `${comm} ${count}`);
  console.log(busiest.join(", ") || "nothing started yet");
}
object.close(); // detaches and unloads
