/** The address of a module beside this one; threads are started with one. */
export function siblingModule(here: string, name: string): URL {
  return new URL(`./${name}${here.slice(here.lastIndexOf("."))}`, here);
}
