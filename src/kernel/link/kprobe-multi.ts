import { argumentError, FeatureError, type TsbpfError } from "../../errors.ts";
import { flags as bpfFlags, type AttachType } from "../../format/abi/index.ts";
import { callBpf, Errno, explain } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { kprobeMultiCall } from "./attr.ts";
import { globTest, isGlob, renamedForms } from "./kernel-functions.ts";
import { noSuchFunction } from "./kprobe.ts";
import { linkOf, type Link } from "./link.ts";
import { cookiesOf, type MultiOptions } from "./multi.ts";

/** References that one call of the addon takes, less those of the call itself (native/README.md). */
const MOST_NAMES = 500;

/** Kernel functions for one link. */
export interface KprobeMultiTarget {
  /** Names, or one pattern with `*` and `?`. */
  readonly functions: string | readonly string[];
  readonly isReturn?: boolean | undefined;
  /** What the program was loaded for: `trace_kprobe_multi` or `trace_kprobe_session`. */
  readonly type: AttachType;
}

/**
 * Attaches a `kprobe.multi` program to many kernel functions with one link (Linux 5.18), a `kprobe.session` one (6.10) to
 * their entries and returns. Thousands of functions take milliseconds; single kprobes take as many each.
 */
export function attachKprobeMulti(
  program: Attachable,
  target: KprobeMultiTarget,
  options: AttachOptions & MultiOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { kernel } = program;
  const { functions, isReturn = false, type } = target;
  const label = `${isReturn ? "kretprobe.multi" : type === "trace_kprobe_session" ? "kprobe.session" : "kprobe.multi"} ${typeof functions === "string" ? functions : `${functions.length} functions`}`;
  const places = findFunctions(program, functions, label);
  const count = places.addresses?.length ?? places.names.length;
  const cookies = cookiesOf(options, count, typeof functions === "string" && isGlob(functions), label);
  const fd = callBpf(
    kernel,
    kprobeMultiCall(program.fd, type, {
      ...places,
      cookies,
      flags: isReturn ? bpfFlags.BPF_F_KPROBE_MULTI_RETURN : 0,
    }),
  );
  if (fd < 0) throw refused(program, target, places, label, -fd);
  return linkOf(program, label, fd, hooks);
}

interface Functions {
  readonly names: readonly string[];
  /** Instead of the names, where they are known and there are many. */
  readonly addresses?: readonly bigint[] | undefined;
}

/** Names go to the kernel as they are; what a pattern matches goes as addresses, as far as they may be seen. */
function findFunctions(program: Attachable, functions: string | readonly string[], label: string): Functions {
  const { host } = program;
  if (typeof functions !== "string" || !isGlob(functions)) {
    const names = typeof functions === "string" ? [functions] : [...functions];
    if (names.length === 0) throw argumentError("expected at least one function, found none").within(label);
    return names.length <= MOST_NAMES ? { names } : { names, addresses: addressesOf(program, names, label) };
  }
  const matches = globTest(functions);
  const traceable = host.traceableFunctions();
  const found = (traceable ?? host.kernelFunctions().map((name) => ({ name, address: undefined }))).filter(
    ({ name }) => matches(name),
  );
  if (found.length === 0) {
    throw argumentError(
      `expected kernel functions that match ${functions}, found none`,
      "`*` stands for any text and `?` for one character",
    ).within(label);
  }
  const names = [...new Set(found.map(({ name }) => name))];
  const known = found.flatMap(({ address }) => (address === undefined || address === 0n ? [] : [address]));
  if (known.length === found.length) return { names, addresses: known };
  return names.length <= MOST_NAMES ? { names } : { names, addresses: addressesOf(program, names, label) };
}

function addressesOf({ host }: Attachable, names: readonly string[], label: string): bigint[] {
  const symbols = host.kernelSymbols(names);
  return names.map((name) => {
    const address = symbols.get(name)?.[0];
    if (address === undefined) throw noSuchFunction(host, name, label, undefined);
    if (address === 0n) {
      throw argumentError(
        `expected the addresses of ${names.length} functions, found them hidden (kernel.kptr_restrict)`,
        `attach to at most ${MOST_NAMES} functions, or allow: sysctl kernel.kptr_restrict=1`,
      ).within(label);
    }
    return address;
  });
}

function refused(
  program: Attachable,
  { type, functions }: KprobeMultiTarget,
  { names }: Functions,
  label: string,
  errno: number,
): TsbpfError {
  const { host } = program;
  const session = type === "trace_kprobe_session";
  if (errno === Errno.ESRCH || errno === Errno.ENOENT) {
    const known = new Set(host.kernelFunctions());
    const missing = names.find((name) => !known.has(name)) ?? names[0] ?? "";
    return noSuchFunction(host, missing, label, undefined);
  }
  if (errno === Errno.EOPNOTSUPP) {
    return new FeatureError("kprobe.multi links (CONFIG_FPROBE)", "5.18", host.release, {
      remedy: "use single kprobes, or boot a kernel that is built with CONFIG_FPROBE=y",
    }).within(label);
  }
  const feature = session
    ? { name: "kprobe sessions", since: "6.10" }
    : { name: "kprobe.multi links", since: "5.18" };
  // Kernels that have the link miss a function that no kernel has; the others do not get that far.
  const absent = kprobeMultiCall(program.fd, type, { names: ["tsbpf_no_such_function"] });
  const isKnown = callBpf(program.kernel, absent) === -Errno.ESRCH;
  const renamed = typeof functions === "string" ? renamedForms(functions, host.kernelFunctions()) : [];
  return explain(
    host,
    {
      call: "bpf(BPF_LINK_CREATE)",
      needs: ["CAP_BPF", "CAP_PERFMON"],
      feature: isKnown ? undefined : feature,
      meanings: {
        [Errno.EINVAL]: [
          `a function may not be traced, or the program was not loaded for ${session ? "kprobe.session" : "kprobe.multi"}`,
          renamed[0] === undefined ? undefined : `did you mean "${renamed[0]}"?`,
        ].filter((text) => text !== undefined) as [string],
      },
    },
    errno,
  ).within(label);
}
