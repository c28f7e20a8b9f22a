import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { BuildConfig } from "../config.ts";
import { argumentError, within } from "../errors.ts";
import { checkConfig, openProject, withSettings, type Project } from "../toolchain/project/index.ts";
import type { Input, Option } from "./command.ts";

/** The compiler's options, the same for every command that compiles; the words of the config file. */
export const compilerOptions: Readonly<Record<string, Option>> = {
  include: {
    value: "DIR",
    completes: "folders",
    short: "I",
    multiple: true,
    help: "search DIR for headers, before tsbpf's own",
  },
  iquote: {
    value: "DIR",
    completes: "folders",
    multiple: true,
    help: 'search DIR for #include "…" only, before all others',
  },
  isystem: {
    value: "DIR",
    completes: "folders",
    multiple: true,
    help: "search DIR after all --include; no warnings from there",
  },
  idirafter: { value: "DIR", completes: "folders", multiple: true, help: "search DIR last" },
  define: { value: "NAME[=VALUE]", short: "D", multiple: true, help: "define a macro" },
  mcpu: {
    value: "v1…v4",
    completes: { words: ["v1", "v2", "v3", "v4"] },
    help: "the BPF instruction set; default: v3 (Linux 5.1)",
  },
  cflag: { value: "FLAG", multiple: true, help: "hand FLAG to clang as it is" },
  "bpf-headers": {
    value: "DIR",
    completes: "folders",
    help: "take <bpf/…> from DIR, such as a libbpf release's src",
  },
  "no-system-headers": { help: "do not search /usr/include" },
  btf: {
    value: "FILE",
    completes: { files: [] },
    help: "print vmlinux.h from this BTF instead of the running kernel's",
  },
  compiler: { value: "CLANG", help: "the clang to use: a path or a name on PATH" },
};

/** What the command line says of compiling, as a config says it. */
export function settingsOf(input: Input): BuildConfig {
  const lists = (["iquote", "include", "isystem", "idirafter"] as const).map(
    (key) => [key, input.texts(key)] as const,
  );
  const definitions = input.texts("define").map((text) => {
    const at = text.indexOf("=");
    return at < 0 ? [text, true] : [text.slice(0, at), text.slice(at + 1)];
  });
  const single = (key: string, option = key): object => {
    const value = input.text(option);
    return value === undefined ? {} : { [key]: value };
  };
  return within("command line", () =>
    checkConfig({
      ...Object.fromEntries(lists.filter(([, paths]) => paths.length > 0)),
      ...(definitions.length === 0 ? {} : { define: Object.fromEntries(definitions) }),
      ...(input.texts("cflag").length === 0 ? {} : { cflags: input.texts("cflag") }),
      ...(input.on("no-system-headers") ? { systemHeaders: false } : {}),
      ...single("mcpu"),
      ...single("bpfHeaders", "bpf-headers"),
      ...single("btf"),
      ...single("compiler"),
    }),
  );
}

/** The project that a source belongs to, else the working directory, with what the command line says on top. */
export async function projectOf(source: string, input: Input): Promise<Project> {
  if (!existsSync(source)) throw argumentError(`expected a file, found nothing at "${source}"`);
  return withSettings(await openProject(dirname(source), ""), settingsOf(input));
}

/** Whether the compiler is to colour what it says on stderr. */
export function wantsColor(): boolean {
  return process.stderr.isTTY && !process.env["NO_COLOR"];
}
