/** The files in a dependency file as compilers write it for make (`-MD`): `target: source header \⏎ header`. */
export function parseDependencies(text: string): string[] {
  const joined = text.replaceAll(/\\\r?\n/g, " ");
  const start = joined.search(/:\s/);
  if (start < 0) return [];
  const rule = joined.slice(start + 1).split("\n", 1)[0] ?? "";
  // A blank in a name is `\ `, a hash `\#`, a dollar `$$`.
  const names = rule.match(/(?:\\[ #]|[^\s])+/g) ?? [];
  return [...new Set(names.map((name) => name.replaceAll(/\\([ #])/g, "$1").replaceAll("$$", "$")))];
}
