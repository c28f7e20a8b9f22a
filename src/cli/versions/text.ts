import {
  libbpfBrought,
  type Milestone,
  type SourceVersion,
  type Version,
} from "../../toolchain/versions/index.ts";
import type { Paint } from "../color.ts";

const KERNEL_WIDTH = 8;
const LIBBPF_WIDTH = 8;

/** A line for each release; the one that runs stands out. */
export function tableText(versions: readonly Version[], running: string | undefined, paint: Paint): string {
  const head = `  ${"kernel".padEnd(KERNEL_WIDTH)}${"libbpf".padEnd(LIBBPF_WIDTH)}new in the kernel`;
  const lines = versions.map(({ kernel, libbpf, brought }) => {
    const isRunning = kernel === running;
    const news = brought.map(({ what }) => what).join("; ");
    const cells = `${kernel.padEnd(KERNEL_WIDTH)}${libbpf.padEnd(LIBBPF_WIDTH)}`;
    if (!isRunning) return `  ${cells}${news}`.trimEnd();
    return paint("green", `> ${cells}${news}${news === "" ? "" : "  "}(running)`);
  });
  return `${paint("bold", head)}\n${lines.join("\n")}\n`;
}

/** One release with all that is known of it. */
export function versionText({ kernel, libbpf, brought }: Version, isRunning: boolean, paint: Paint): string {
  const head = `Linux ${kernel}${isRunning ? " (running)" : ""}: libbpf ${libbpf} in tools/lib/bpf`;
  return (
    `${paint("bold", head)}\n` +
    newsText(`new in Linux ${kernel}`, brought, paint) +
    newsText(`new in libbpf ${libbpf}`, libbpfBrought(libbpf), paint)
  );
}

/** What a source tree says. `expected`: the table's libbpf for this kernel. */
export function sourceText(
  folder: string,
  source: SourceVersion,
  expected: string | undefined,
  paint: Paint,
): string {
  const { libbpf, file, kernel, usdt } = source;
  const where = kernel === undefined ? folder : `${folder} (Linux ${kernel})`;
  const lines = [
    paint("bold", `${where}: libbpf ${libbpf}`),
    `  read from ${file}; usdt.bpf.h ${usdt ? "is" : "is not"} beside it`,
  ];
  if (expected !== undefined && expected !== libbpf) {
    lines.push(
      paint("yellow", `  mainline's Linux ${kernel ?? ""} has libbpf ${expected}: this tree was changed`),
    );
  }
  return `${lines.join("\n")}\n${newsText(`new in libbpf ${libbpf}`, libbpfBrought(libbpf), paint)}`;
}

function newsText(title: string, milestones: readonly Milestone[], paint: Paint): string {
  if (milestones.length === 0) return "";
  const rows = milestones.map(({ what, source }) => `    ${what}  ${paint("dim", `(${source})`)}\n`);
  return `  ${title}:\n${rows.join("")}`;
}
