import { gunzipSync } from "node:zlib";
import { TsbpfError, ErrorCode } from "../../errors.ts";
import { decodeUtf8 } from "../../format/bytes/index.ts";
import type { MachineFiles } from "./machine-files.ts";

/**
 * The lines `CONFIG_NAME=value` of a kernel configuration; comments ("# CONFIG_X is not set") say nothing that
 * an absent name does not. Values stay as they are written: `y`, `m`, `0x10`, `"text"`.
 */
export function parseKernelConfig(text: string): Map<string, string> {
  const config = new Map<string, string>();
  for (const match of text.matchAll(/^(CONFIG_\w+)=(.*?)\s*$/gm)) {
    if (match[1] !== undefined && match[2] !== undefined) config.set(match[1], match[2]);
  }
  return config;
}

/**
 * The running kernel's configuration: /boot/config-RELEASE, then /proc/config.gz, which CONFIG_IKCONFIG_PROC makes
 * (RULES 25); undefined if neither is there.
 */
export function readKernelConfig(files: MachineFiles, release: string): Map<string, string> | undefined {
  const plain = files.text(`/boot/config-${release}`);
  if (plain !== undefined) return parseKernelConfig(plain);
  const packed = files.bytes("/proc/config.gz");
  if (packed === undefined) return undefined;
  try {
    return parseKernelConfig(decodeUtf8(gunzipSync(packed)));
  } catch (cause) {
    throw new TsbpfError(ErrorCode.MALFORMED, "expected gzip, found something that does not unpack", {
      trail: ["/proc/config.gz"],
      cause,
    });
  }
}
