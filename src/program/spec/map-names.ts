/** The kernel's BPF_OBJ_NAME_LEN without the NUL. */
const LONGEST = 15;

/** RULES 6: the base name up to its first dot, at most 15 characters. */
export function objectName(name: string): string {
  const base = name.slice(name.lastIndexOf("/") + 1);
  return base.slice(0, LONGEST).split(".", 1)[0] ?? "";
}

/** RULES 8: as the kernel gets the name of a declared map. */
export function declaredKernelName(name: string): string {
  return name.slice(0, LONGEST);
}

/**
 * RULES 7: the name of a data section's map in the kernel: as much of the object's name as fits before the
 * section's, which counts as at least seven characters; none before a section with a name of its own.
 */
export function sectionKernelName(object: string, section: string): string {
  const suffix = Math.min(LONGEST, Math.max(7, section.length));
  const prefix = section.indexOf(".", 1) >= 0 ? 0 : LONGEST - suffix;
  const name = object.slice(0, prefix) + section.slice(0, suffix);
  return name.replace(/[^A-Za-z0-9_.]/g, "_");
}
