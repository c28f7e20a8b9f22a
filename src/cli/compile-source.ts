import { existsSync } from "node:fs";
import { argumentError } from "../errors.ts";
import { compile, vmlinuxFolder, type Compiled } from "../toolchain/clang/index.ts";
import type { Input, Option } from "./command.ts";

/** The compiler's options, the same for every command that compiles. */
export const compilerOptions: Readonly<Record<string, Option>> = {
  include: {
    value: "DIR",
    short: "I",
    multiple: true,
    completes: "folders",
    help: "search DIR for headers, before tsbpf's own",
  },
  define: { value: "NAME[=VALUE]", short: "D", multiple: true, help: "define a macro" },
  cflag: { value: "FLAG", multiple: true, help: "hand FLAG to clang as it is" },
  btf: {
    value: "FILE",
    completes: { files: [] },
    help: "print vmlinux.h from this BTF instead of the running kernel's",
  },
};

/** Compiles as the options say; warnings go to stderr as the compiler wrote them. */
export async function compileSource(source: string, input: Input): Promise<Compiled> {
  for (const file of [source, ...input.texts("btf")]) {
    if (!existsSync(file)) throw argumentError(`expected a file, found nothing at "${file}"`);
  }
  const vmlinux = vmlinuxFolder(input.text("btf"));
  const compiled = await compile(source, {
    includes: [...input.texts("include"), ...(vmlinux === undefined ? [] : [vmlinux])],
    defines: input.texts("define"),
    flags: input.texts("cflag"),
    color: process.stderr.isTTY && !process.env["NO_COLOR"],
  });
  process.stderr.write(compiled.output);
  return compiled;
}
