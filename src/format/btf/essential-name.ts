/**
 * Length of the name without its flavour suffix `___something` (RULES 37): the cut is at the last place where
 * exactly three underscores stand between two characters that are none. `bpftool` and `printC` also number
 * duplicate types `foo___2`, so those match `foo`.
 */
export function essentialLength(name: string): number {
  for (let at = name.length - 5; at >= 0; at--) {
    if (name.startsWith("___", at + 1) && name[at] !== "_" && name[at + 4] !== "_") return at + 1;
  }
  return name.length;
}

/** The name without its flavour suffix: `task_struct___old` is `task_struct` (RULES 37). */
export function essentialName(name: string): string {
  return name.slice(0, essentialLength(name));
}
