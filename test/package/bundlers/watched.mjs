// Says what the program's variable `extra` begins with: a header decides that.
import trace from "./trace.bpf.c";

const variable = trace.spec.variables.find(({ name }) => name === "extra");
const { contents } = trace.spec.maps.find(({ name }) => name === variable.map);
console.log(`extra = ${new DataView(contents.buffer, contents.byteOffset).getInt32(variable.offset, true)}`);
