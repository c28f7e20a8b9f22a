import { argumentError, type TsbpfError } from "../../errors.ts";
import { DynamicSymbols, Executable } from "../../format/elf/index.ts";
import { suggest } from "../../suggestion.ts";
import type { Host, MappedFile } from "./host.ts";

/** What a name leads to. */
export interface FoundFile {
  /** As this process can open it. */
  readonly path: string;
  /** The member of an archive: `a.apk!/lib/x.so`. */
  readonly member?: string | undefined;
}

/** Where libraries and programs are where nothing says otherwise (RULES 66). */
const libraryFolders = ["/usr/lib64", "/usr/lib", "/lib64", "/lib", "/usr/local/lib"];
const programFolders = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
const triplets: Readonly<Record<string, string>> = {
  x64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
  s390x: "s390x-linux-gnu",
  riscv64: "riscv64-linux-gnu",
};

/**
 * The file that a person means: a path, also of a member of an archive; the name of a program on PATH; the name of a
 * library, with or without its version, as the dynamic linker finds it. With a process given, what it has mapped comes
 * first, and paths are the ones that it sees, also where it has mounts of its own.
 */
export function findExecutable(host: Host, name: string, pid: number | undefined): FoundFile {
  const process = pid === undefined || pid < 0 ? undefined : pid;
  const root = process === undefined || host.sharesMounts(process) ? "" : `/proc/${process}/root`;
  if (name.includes("/")) return findPath(host, name, root, process);
  if (process !== undefined) {
    const mapped = findMapped(host, name, process, root);
    if (mapped !== undefined) return { path: mapped };
  }
  const isLibrary = /\.so(\.|$)/.test(name);
  const found = (isLibrary ? undefined : findProgram(host, name, root)) ?? findLibrary(host, name, root);
  if (found !== undefined) return { path: found };
  throw missing(host, name, root, isLibrary);
}

function findPath(host: Host, name: string, root: string, pid: number | undefined): FoundFile {
  const end = name.indexOf("!/");
  const file = end < 0 ? name : name.slice(0, end);
  const member = end < 0 ? undefined : name.slice(end + 2);
  // What the process sees goes before what is here under the same path; /proc/… says already whose it is.
  const theirs = `${root}${file}`;
  const isTheirs = root !== "" && !file.startsWith("/proc/") && host.hasFile(theirs, "read");
  const path = isTheirs ? theirs : file;
  if (pid !== undefined && member === undefined) {
    const mapped = host.mappedCode(pid)?.find((one) => one.path === file && one.deleted);
    if (mapped !== undefined) return { path: mappedPath(mapped, pid, root) };
  }
  return { path, member };
}

/** A file that the process has mapped as code, by its name or by the name that the dynamic linker knows it by. */
function findMapped(host: Host, name: string, pid: number, root: string): string | undefined {
  const mapped = host.mappedCode(pid) ?? [];
  const found =
    mapped.find(({ path }) => isCalled(baseName(path), name)) ??
    mapped.find((file) => isCalled(sonameOf(host, mappedPath(file, pid, root)), name));
  return found === undefined ? undefined : mappedPath(found, pid, root);
}

/** A replaced file can still be reached through the mapping (needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE). */
function mappedPath({ path, deleted, range }: MappedFile, pid: number, root: string): string {
  return deleted ? `/proc/${pid === 0 ? "self" : pid}/map_files/${range}` : `${root}${path}`;
}

function sonameOf(host: Host, path: string): string {
  if (!host.hasFile(path, "read")) return "";
  const file = host.openFile(path);
  try {
    return DynamicSymbols.of(new Executable(file))?.soname ?? "";
  } catch {
    // Whatever is mapped and is no ELF file has no name of that kind.
    return "";
  } finally {
    file.close();
  }
}

function findProgram(host: Host, name: string, root: string): string | undefined {
  // PATH is this process's; below another root the usual folders are.
  const folders = (root === "" ? host.environment("PATH") : undefined) ?? programFolders;
  return folders
    .split(":")
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => `${root}${folder}/${name}`)
    .find((path) => host.hasFile(path, "execute"));
}

function findLibrary(host: Host, name: string, root: string): string | undefined {
  const own = root === "" ? (host.environment("LD_LIBRARY_PATH") ?? "").split(":") : [];
  const triplet = triplets[host.architecture];
  const usual =
    triplet === undefined ? libraryFolders : [`/usr/lib/${triplet}`, `/lib/${triplet}`, ...libraryFolders];
  const inFolders = (folders: readonly string[]): string | undefined =>
    folders
      .filter((folder) => folder.startsWith("/"))
      .flatMap((folder) => [`${root}${folder}/${name}`, `${root}${folder}/${name}.so`])
      .find((path) => host.hasFile(path, "read"));
  const named = inFolders(own);
  if (named !== undefined) return named;
  const cached = host.cachedLibraries(root).filter((library) => isCalled(library.name, name));
  const exact = cached.find((library) => library.name === name);
  // `libssl.so` and `libssl.so.3` may be one file under two names.
  const files = new Set(cached.map((library) => host.realPath(`${root}${library.path}`)));
  if (exact === undefined && files.size > 1) {
    const names = new Set(cached.map((library) => library.name));
    throw argumentError(`expected one library ${name}, found ${[...names].join(", ")}`, "say which");
  }
  const found = exact ?? cached[0];
  return found === undefined ? inFolders(usual) : `${root}${found.path}`;
}

/** `libssl.so.3` is called so, and also `libssl.so` and `libssl`. */
function isCalled(file: string, name: string): boolean {
  return (
    file === name ||
    file.startsWith(`${name}.so.`) ||
    file === `${name}.so` ||
    (name.endsWith(".so") && file.startsWith(`${name}.`))
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function missing(host: Host, name: string, root: string, isLibrary: boolean): TsbpfError {
  const libraries = host.cachedLibraries(root).map((library) => library.name);
  const near = suggest(name, libraries, 0);
  const remedy = host.hasFile(`./${name}`, "read")
    ? `for the file in this directory say ./${name}`
    : near?.startsWith("did") === true
      ? near
      : "give its path";
  const where = isLibrary ? "a library" : "a program on PATH or a library";
  return argumentError(`expected ${where}, found none called so`, remedy).within(name);
}
