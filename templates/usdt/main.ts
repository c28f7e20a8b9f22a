// The requests that app/app.c says it serves, until Ctrl-C. Start it beside this:  npm run app
import requests from "./requests.bpf.gen.ts";

const object = await requests.load();
object.programs.on_request.attachUsdt("build/app", "app", "request");
process.once("SIGINT", () => object.close()); // detaches, and ends the loop below

for await (const { pid, request, path, microseconds } of object.maps.events.events()) {
  console.log(`${pid}: request ${request} for ${path} took ${microseconds} µs`);
}
