import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What installs packages. */
export type PackageManager = "apt-get" | "dnf" | "yum";

/** Which system this is, as far as remedies differ. */
export interface Distribution {
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  /** undefined: none that tsbpf knows. */
  readonly manager: PackageManager | undefined;
}

/** `ID` and `ID_LIKE` words of the two families (os-release(5)); Kylin is of both: its desktop is Debian's child. */
const families: readonly (readonly [managers: readonly PackageManager[], ids: readonly string[]])[] = [
  [["apt-get"], ["debian", "ubuntu", "kylin"]],
  [
    ["dnf", "yum"],
    [
      "fedora",
      "rhel",
      "centos",
      "anolis",
      "kylin",
      "openeuler",
      "alinux",
      "rocky",
      "almalinux",
      "ol",
      "amzn",
    ],
  ],
];

/** Reads os-release; `has` says whether a program is installed, and decides where a family has two of them. */
export function distributionOf(
  osRelease: string | undefined,
  has: (program: PackageManager) => boolean,
): Distribution {
  const field = (name: string): string =>
    new RegExp(`^${name}=["']?(.*?)["']?\\s*$`, "m").exec(osRelease ?? "")?.[1] ?? "";
  const ids = `${field("ID")} ${field("ID_LIKE")}`.toLowerCase().split(/\s+/);
  const expected = families
    .filter(([, known]) => known.some((id) => ids.includes(id)))
    .flatMap(([managers]) => managers);
  // A minimal image may have no manager at all: the family still says what its packages are called.
  const manager = expected.find(has) ?? (expected.length > 0 ? expected[0] : allManagers.find(has));
  return { name: field("PRETTY_NAME") || field("NAME") || "unknown Linux distribution", manager };
}

const allManagers: readonly PackageManager[] = ["apt-get", "dnf", "yum"];

/** This machine's distribution; macOS and others have none. */
export function readDistribution(environment: Readonly<Record<string, string | undefined>>): Distribution {
  if (process.platform !== "linux") return { name: process.platform, manager: undefined };
  const folders = `${environment["PATH"] ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`.split(":").filter(Boolean);
  const has = (program: string): boolean => folders.some((folder) => existsSync(join(folder, program)));
  return distributionOf(readFirst("/etc/os-release", "/usr/lib/os-release"), has);
}

function readFirst(...paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      // os-release(5): the second place counts where the first is missing.
    }
  }
  return undefined;
}

/** What a person types to install a package of this name: on an unknown system, what both families type. */
export function installSentence({ manager }: Distribution, name: string): string {
  if (manager !== undefined) return `\`${manager} install ${name}\``;
  if (process.platform === "darwin") return `\`brew install ${name === "clang" ? "llvm" : name}\``;
  return `\`apt-get install ${name}\` (Debian, Ubuntu) or \`dnf install ${name}\` (Fedora, Anolis, CentOS)`;
}

/** The same as commands that ask nothing; none where no manager is known. apt knows no package before an update. */
export function installCommands({ manager }: Distribution, name: string): readonly (readonly string[])[] {
  if (manager === undefined) return [];
  const install = [manager, "install", "-y", name];
  return manager === "apt-get" ? [["apt-get", "update"], install] : [install];
}
