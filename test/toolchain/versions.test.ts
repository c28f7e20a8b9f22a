import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  allVersions,
  kernelOf,
  readSourceVersion,
  requireKernel,
  requireLibbpf,
} from "../../src/toolchain/versions/index.ts";
import { kernelReleases } from "../../src/toolchain/versions/kernel-table.ts";
import {
  kernelMilestones,
  libbpfMilestones,
  treeMilestones,
} from "../../src/toolchain/versions/milestones.ts";
import {
  compareVersions,
  kernelOfMakefile,
  versionOfMakefile,
  versionOfMap,
} from "../../src/toolchain/versions/read-source.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-versions-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the table", () => {
  /** Appendix A of the article, without its row for 6.1. */
  test.each([
    ["6.5", "1.3.0"],
    ["6.4", "1.2.0"],
    ["6.3", "1.2.0"],
    ["6.2", "1.1.0"],
    ["6.0", "1.0.0"],
    ["5.19", "1.0.0"],
    ["5.18", "0.8.0"],
    ["5.17", "0.7.0"],
    ["5.16", "0.6.0"],
    ["5.15", "0.5.0"],
    ["5.14", "0.5.0"],
    ["5.13", "0.4.0"],
    ["5.12", "0.3.0"],
    ["5.11", "0.3.0"],
    ["5.10", "0.2.0"],
    ["5.9", "0.1.0"],
    ["5.8", "0.0.9"],
    ["5.7", "0.0.8"],
    ["5.6", "0.0.7"],
    ["5.5", "0.0.6"],
    ["5.4", "0.0.5"],
    ["5.3", "0.0.4"],
    ["5.2", "0.0.3"],
    ["5.1", "0.0.2"],
    ["5.0", "0.0.1"],
    ["4.19", "0.0.1"],
    ["4.18", "0.0.1"],
    ["4.9", "0.0.1"],
  ])("%s has libbpf %s, as in the article", (kernel, libbpf) => {
    expect(requireKernel(kernel).libbpf).toBe(libbpf);
  });

  /** libbpf.map of these trees says so (Debian's linux-source-6.1 and -6.12, and mainline's). */
  test.each([
    ["6.1", "1.1.0"],
    ["6.8", "1.4.0"],
    ["6.9", "1.4.0"],
    ["6.12", "1.5.0"],
    ["6.13", "1.6.0"],
    ["6.18", "1.7.0"],
    ["7.0", "1.7.0"],
    ["7.1", "1.8.0"],
  ])("%s has libbpf %s, as its tree says", (kernel, libbpf) => {
    expect(requireKernel(kernel).libbpf).toBe(libbpf);
  });

  test("it has no gap and no release twice, and libbpf never goes back", () => {
    const kernels = kernelReleases.map(({ kernel }) => kernel);
    const expected = [
      ...[1, 0].map((minor) => `7.${minor}`),
      ...Array.from({ length: 20 }, (_, index) => `6.${19 - index}`),
      ...Array.from({ length: 20 }, (_, index) => `5.${19 - index}`),
      ...Array.from({ length: 12 }, (_, index) => `4.${20 - index}`),
    ];
    expect(kernels).toEqual(expected);
    for (const [index, { libbpf }] of kernelReleases.entries())
      expect(compareVersions(libbpf, kernelReleases[index + 1]?.libbpf ?? "0")).toBeGreaterThanOrEqual(0);
  });

  test("every milestone belongs to a release of the table", () => {
    const kernels = new Set(kernelReleases.map(({ kernel }) => kernel));
    const libbpfs = new Set(kernelReleases.map(({ libbpf }) => libbpf));
    expect([...kernelMilestones, ...treeMilestones].filter(({ since }) => !kernels.has(since))).toEqual([]);
    expect(libbpfMilestones.filter(({ since }) => !libbpfs.has(since))).toEqual([]);
  });
});

test.each([
  ["6.1", "6.1"],
  ["6.1.192-2", "6.1"],
  ["v6.1", "6.1"],
  ["linux-6.1", "6.1"],
  ["kernel-6.1", "6.1"],
  ["6.18.44-fc-v657", "6.18"],
  ["5.10.0-8-amd64", "5.10"],
  ["4.18.0-553.el8_10.x86_64", "4.18"],
  ["6.19-rc3", "6.19"],
  ["6", undefined],
  ["6.l8", undefined],
  ["", undefined],
  ["six", undefined],
])("the release in %j is %j", (text, kernel) => {
  expect(kernelOf(text)).toBe(kernel);
});

test.each([
  ["6.81", /no kernel 6\.81.*did you mean "6\.18"/],
  ["6.l8", /expected a kernel release such as 6\.1, found "6\.l8".*did you mean "6\.18"/],
  ["2.6", /no kernel 2\.6 in the table/],
  ["bogus", /the table goes from 4\.9 to 7\.1/],
])("kernel %j is refused", (text, message) => {
  expect(() => requireKernel(text)).toThrow(message);
});

test("usdt.bpf.h is in 5.19 and not in 5.18, although both are after libbpf 0.8 began", () => {
  const brings = (kernel: string): boolean =>
    requireKernel(kernel).brought.some(({ what }) => what.startsWith("usdt.bpf.h"));
  expect([brings("5.18"), brings("5.19")]).toEqual([false, true]);
});

test.each([
  ["1.0", ["6.0", "5.19"]],
  ["1.0.0", ["6.0", "5.19"]],
  ["v1.0.1", ["6.0", "5.19"]],
  ["LIBBPF_1.1.0", ["6.2", "6.1"]],
  ["0.8.3", ["5.18"]],
  ["0.0.9", ["5.8"]],
])("libbpf %s is in %j", (text, kernels) => {
  expect(requireLibbpf(text).map(({ kernel }) => kernel)).toEqual(kernels);
});

test.each([
  ["1.9", /no kernel has libbpf 1\.9\.0/],
  ["0.0.99", /did you mean "0\.0\.9"/],
  ["one", /expected a libbpf version such as 1\.0, found "one"/],
  ["", /expected a libbpf version/],
])("libbpf %j is refused", (text, message) => {
  expect(() => requireLibbpf(text)).toThrow(message);
});

test("a libbpf's news stand with the first kernel that has it", () => {
  const withNews = allVersions().filter(
    ({ libbpf, libbpfBrought }) => libbpf === "1.0.0" && libbpfBrought.length > 0,
  );
  expect(withNews.map(({ kernel }) => kernel)).toEqual(["5.19"]);
});

function tree(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, file)), { recursive: true });
    writeFileSync(join(folder, name, file), text);
  }
  return join(folder, name);
}

const map = (...versions: readonly string[]): string =>
  versions.map((version) => `LIBBPF_${version} {\n\tglobal:\n\t\tx;\n} ;\n`).join("\n");
const kernelMakefile =
  "# SPDX\nVERSION = 6\nPATCHLEVEL = 18\nSUBLEVEL = 3\nEXTRAVERSION =\nNAME = Baby Opossum\n";
const oldMakefile = "BPF_VERSION = 0\nBPF_PATCHLEVEL = 0\nBPF_EXTRAVERSION = 1\n";

describe("a source tree", () => {
  test.each([
    [
      "a kernel's",
      tree("kernel", {
        Makefile: kernelMakefile,
        "tools/lib/bpf/libbpf.map": map("0.0.1", "0.10.0", "0.9.0"),
        "tools/lib/bpf/usdt.bpf.h": "",
      }),
      { libbpf: "0.10.0", file: "tools/lib/bpf/libbpf.map", kernel: "6.18.3", usdt: true },
    ],
    [
      "an old kernel's",
      tree("old", { Makefile: kernelMakefile, "tools/lib/bpf/Makefile": oldMakefile }),
      { libbpf: "0.0.1", file: "tools/lib/bpf/Makefile", kernel: "6.18.3", usdt: false },
    ],
    [
      "libbpf's own",
      tree("libbpf", {
        "src/libbpf.map": map("1.0.0", "1.8.0"),
        "src/Makefile": "LIBBPF_MAJOR_VERSION := 1\n",
      }),
      { libbpf: "1.8.0", file: "src/libbpf.map", kernel: undefined, usdt: false },
    ],
    ["the library's folder", join(folder, "libbpf/src"), { libbpf: "1.8.0", file: "libbpf.map" }],
  ])("%s", (_, path, expected) => {
    expect(readSourceVersion(path)).toMatchObject(expected);
  });

  test("what is none is refused with what was looked for", () => {
    expect(() => readSourceVersion(join(folder, "nothing"))).toThrow(/found nothing at/);
    expect(() => readSourceVersion(tree("empty", { "README.md": "" }))).toThrow(/found neither/);
    expect(() => readSourceVersion(tree("damaged", { "src/libbpf.map": "nonsense\n" }))).toThrow(
      /src\/libbpf\.map: expected versions such as LIBBPF_1\.0\.0, found none/,
    );
  });
});

test("texts", () => {
  expect(versionOfMap(map("1.9.0", "1.10.0"))).toBe("1.10.0");
  expect(versionOfMakefile("BPF_VERSION = 0\n")).toBeUndefined();
  expect(kernelOfMakefile(kernelMakefile.replace("EXTRAVERSION =", "EXTRAVERSION = -rc1"))).toBe(
    "6.18.3-rc1",
  );
  expect(kernelOfMakefile("all:\n")).toBeUndefined();
});
