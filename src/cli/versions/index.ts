import { release } from "node:os";
import { argumentError } from "../../errors.ts";
import {
  allVersions,
  kernelOf,
  libbpfBrought,
  readSourceVersion,
  requireKernel,
  requireLibbpf,
  type Version,
} from "../../toolchain/versions/index.ts";
import { painter, type Paint } from "../color.ts";
import type { Command, Input } from "../command.ts";
import { sourceText, tableText, versionText } from "./text.ts";

export const versionsCommand: Command = {
  name: "versions",
  summary:
    "Which libbpf is in which kernel's sources, and what is new in each; the running kernel stands out.",
  usage: "[KERNEL] [options]",
  options: {
    libbpf: { value: "VERSION", help: "the kernels that have this libbpf in their sources" },
    source: {
      value: "DIR",
      completes: "folders",
      help: "read the version from a source tree of the kernel or of libbpf",
    },
    json: { help: "one JSON document: a list, or one release for KERNEL and --source" },
  },
  completes: { words: allVersions().map(({ kernel }) => kernel) },
  examples: [
    ["tsbpf versions", "the whole table"],
    ["tsbpf versions 6.1", "one kernel: its libbpf, and what is new in both"],
    ['tsbpf versions "$(uname -r)"', "the running kernel alone"],
    ["tsbpf versions --libbpf 1.0", "from libbpf to kernels"],
    ["tsbpf versions --source ~/src/linux", "what a source tree says of itself"],
  ],
  async run(input) {
    const paint = painter(process.stdout);
    const { text, data } = answer(input, paint);
    process.stdout.write(input.on("json") ? `${JSON.stringify(data)}\n` : text);
    return 0;
  },
};

interface Answer {
  readonly text: string;
  readonly data: unknown;
}

function answer(input: Input, paint: Paint): Answer {
  const [kernel, extra] = input.positionals;
  const libbpf = input.text("libbpf");
  const folder = input.text("source");
  const running = process.platform === "linux" ? kernelOf(release()) : undefined;
  if (extra !== undefined) throw argumentError(`expected one kernel, found also "${extra}"`);
  if ([kernel, libbpf, folder].filter((one) => one !== undefined).length > 1)
    throw argumentError("expected one of KERNEL, --libbpf and --source, found several");

  if (folder !== undefined) return sourceAnswer(folder, paint);
  if (kernel !== undefined) {
    const version = requireKernel(kernel);
    const isRunning = version.kernel === running;
    return { text: versionText(version, isRunning, paint), data: versionData(version, running) };
  }
  if (libbpf !== undefined) {
    const versions = requireLibbpf(libbpf);
    const text = versions.map((version) => `${version.kernel}\n`).join("");
    return { text, data: versions.map((version) => versionData(version, running)) };
  }
  const versions = allVersions();
  const isKnown = running === undefined || versions.some((version) => version.kernel === running);
  const note = isKnown ? "" : `The running kernel, ${running}, is not in the table.\n`;
  return {
    text: tableText(versions, running, paint) + note,
    data: versions.map((version) => versionData(version, running)),
  };
}

function sourceAnswer(folder: string, paint: Paint): Answer {
  const source = readSourceVersion(folder);
  const kernel = source.kernel === undefined ? undefined : kernelOf(source.kernel);
  const expected = allVersions().find((version) => version.kernel === kernel)?.libbpf;
  return {
    text: sourceText(folder, source, expected, paint),
    data: { source: folder, ...source, expected, libbpfBrought: libbpfBrought(source.libbpf) },
  };
}

function versionData(version: Version, running: string | undefined): object {
  const { kernel, libbpf, brought } = version;
  return { kernel, libbpf, running: kernel === running, brought, libbpfBrought: libbpfBrought(libbpf) };
}
