// Reads the kernel's types, indexes them and finds the structs named on the command line, in a process that has done
// nothing of the kind before. Prints nanoseconds and the sum of the ids as JSON.
import { nativeHost, nativeKernel } from "tsbpf";

const start = process.hrtime.bigint();
const found = nativeHost({ kernel: nativeKernel() }).kernelBtf().findAll(process.argv.slice(2), ["struct"]);
let sum = 0;
for (const [id = Number.NaN] of found.values()) sum += id;
console.log(JSON.stringify({ time: Number(process.hrtime.bigint() - start), sum }));
