/** What the machine says of its kernel. */
export interface VersionSources {
  /** `uname -r` */
  readonly release: string;
  /** `uname -v` */
  readonly version: string;
  /** /proc/version_signature, which only Ubuntu has. */
  readonly signature: string | undefined;
}

/**
 * `KERNEL_VERSION(a,b,c)` as the kernel was built with it: kernels before 5.0 compare it for kprobe programs.
 * The release alone is wrong on two distributions (RULES 26): Ubuntu's says `5.4.0-…` whatever the patch level is and
 * gives the true one as third field of the signature; Debian's gives it in `uname -v` ("… Debian 4.19.98-1 …").
 */
export function parseKernelVersion(sources: VersionSources): number {
  const texts = [
    sources.signature?.trim().split(/\s+/)[2],
    /Debian (\d+\.\d+\.\d+)/.exec(sources.version)?.[1],
    sources.release,
  ];
  for (const text of texts) {
    const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? "");
    if (match !== null) return encodeKernelVersion(Number(match[1]), Number(match[2]), Number(match[3] ?? 0));
  }
  return 0;
}

/** `KERNEL_VERSION(major, minor, patch)`: the patch level stops at 255 (linux/version.h, since 4.4.256 exists). */
export function encodeKernelVersion(major: number, minor: number, patch: number): number {
  return major * 65536 + minor * 256 + Math.min(patch, 255);
}
