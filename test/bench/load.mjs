// Opens, loads and (with "attach") attaches an object ROUNDS times and prints nanoseconds of the import and of each
// round as JSON. The first round is what a new process pays: nothing of tsbpf has run before it.
//   node load.mjs OBJECT ROUNDS [attach]
const start = process.hrtime.bigint();
const { readObjectFile } = await import("tsbpf");
const imported = Number(process.hrtime.bigint() - start);
const [, , path, rounds, attach] = process.argv;
const times = [];
for (let round = 0; round < Number(rounds); round++) {
  const begin = process.hrtime.bigint();
  const object = await readObjectFile(path).load();
  if (attach === "attach") object.attach();
  times.push(Number(process.hrtime.bigint() - begin));
  object.close();
}
console.log(JSON.stringify({ imported, times }));
