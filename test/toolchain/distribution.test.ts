import { expect, test } from "vitest";
import { distributionOf, installCommands, installSentence } from "../../src/toolchain/distribution/index.ts";

const has =
  (...programs: readonly string[]) =>
  (program: string): boolean =>
    programs.includes(program);

test.each([
  [
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian',
    ["apt-get"],
    "Debian GNU/Linux 12 (bookworm)",
    "apt-get",
  ],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian', ["apt-get"], "Ubuntu", "apt-get"],
  [
    'PRETTY_NAME="Linux Mint 22"\nID=linuxmint\nID_LIKE="ubuntu debian"',
    ["apt-get"],
    "Linux Mint 22",
    "apt-get",
  ],
  ['PRETTY_NAME="Fedora Linux 39"\nID=fedora', ["dnf", "yum"], "Fedora Linux 39", "dnf"],
  [
    'PRETTY_NAME="Anolis OS 8.8"\nID="anolis"\nID_LIKE="rhel fedora centos"',
    ["dnf", "yum"],
    "Anolis OS 8.8",
    "dnf",
  ],
  [
    'PRETTY_NAME="CentOS Linux 7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"',
    ["yum"],
    "CentOS Linux 7 (Core)",
    "yum",
  ],
  // Kylin's server edition is of the one family, its desktop edition of the other.
  [
    'PRETTY_NAME="Kylin Linux Advanced Server V10"\nID="kylin"',
    ["dnf", "yum"],
    "Kylin Linux Advanced Server V10",
    "dnf",
  ],
  ['PRETTY_NAME="Kylin V10 SP1"\nID=kylin\nID_LIKE=debian', ["apt-get"], "Kylin V10 SP1", "apt-get"],
  // Images without a package manager keep the name of their family.
  ["ID=fedora\nNAME='Fedora Linux'", [], "Fedora Linux", "dnf"],
  ["ID=unheard-of\nNAME=Unheard", ["yum"], "Unheard", "yum"],
  ["ID=arch\nNAME=Arch", [], "Arch", undefined],
  [undefined, [], "unknown Linux distribution", undefined],
])("%j with %j", (osRelease, programs, name, manager) => {
  expect(distributionOf(osRelease, has(...programs))).toEqual({ name, manager });
});

test("what to type and what to run", () => {
  expect(installSentence({ name: "x", manager: "yum" }, "clang")).toBe("`yum install clang`");
  expect(installSentence({ name: "x", manager: undefined }, "clang")).toMatch(
    /apt-get install clang.*dnf install clang/,
  );
  expect(installCommands({ name: "x", manager: undefined }, "clang")).toEqual([]);
});
