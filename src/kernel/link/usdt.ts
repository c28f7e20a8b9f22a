import { argumentError, ErrorCode, TsbpfError, within } from "../../errors.ts";
import { encodeUsdtSpec, unreadableArguments, type UsdtLayout } from "../../program/usdt/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { Link } from "./link.ts";
import { attachUprobeMulti } from "./uprobe-multi.ts";
import { attachUprobe } from "./uprobe.ts";
import { findUsdtSites, type UsdtSite, type UsdtSites, type UsdtTarget } from "./usdt-sites.ts";
import type { UsdtHolding, UsdtSpecs } from "./usdt-specs.ts";

/** What attaching to USDT points needs of a program beside {@link Attachable}. */
export interface UsdtProgram {
  /** undefined: the object does without `<bpf/usdt.bpf.h>`, and the cookie is the user's own. */
  readonly specs: UsdtSpecs | undefined;
  /** Whether it was loaded for links of many uprobes: it can then be attached by nothing else. */
  readonly forMulti: boolean;
}

/** Options of USDT points. */
export interface UsdtOptions extends AttachOptions {
  /** The process to watch; 0: this one. Default (or -1): all processes that run the file, also later ones. */
  readonly pid?: number | undefined;
  /** What `bpf_usdt_cookie()` answers in the program: unsigned 64 bits, on any kernel. */
  readonly cookie?: bigint | number | undefined;
  /**
   * Attach although the program cannot read some of the arguments: `bpf_usdt_arg()` answers -EINVAL for them, and
   * `BPF_USDT()` gives 0. Default: that is refused, with the argument and the reason.
   */
  readonly allowUnreadable?: boolean | undefined;
}

/** Takes `PATH:PROVIDER:NAME` apart; the last two colons count, as paths may have others. */
export function parseUsdtTarget(text: string): UsdtTarget | undefined {
  const match = /^(.+):([^:]*):([^:]+)$/.exec(text);
  return match === null
    ? undefined
    : { path: match[1] ?? "", provider: match[2] ?? "", name: match[3] ?? "" };
}

/** Attaches a program to every place of a USDT point. */
export function attachUsdt(
  program: Attachable,
  { specs, forMulti }: UsdtProgram,
  target: UsdtTarget,
  options: UsdtOptions = {},
  hooks: AttachHooks = {},
): Link {
  const label = `usdt ${target.path}:${target.provider}:${target.name}`;
  const { pid } = options;
  const sites = within(label, () => {
    if (pid !== undefined && !(Number.isInteger(pid) && pid >= -1)) {
      throw argumentError(`expected a process id, found ${pid}`);
    }
    return findUsdtSites(program.host, target, {
      pid,
      addresses: specs !== undefined && !specs.hasCookies,
    });
  });
  const holding = specs?.begin();
  const link: { made?: Link } = {};
  const release = (): void => {
    // What a pin holds attached goes on using its specs: these numbers are not for others.
    if (link.made?.isPinned !== true) holding?.release();
  };
  const afterClose = (): void => {
    release();
    hooks.afterClose?.();
  };
  try {
    const cookies = within(label, () => sites.list.map((site) => cookieOf(site, specs, holding, options)));
    const parts = { program, sites, cookies, options, label };
    link.made = forMulti ? attachAtOnce(parts, { afterClose }) : attachEach(parts, { afterClose });
    return link.made;
  } catch (error) {
    release();
    throw error;
  }
}

/** The attach cookie of a place: the number of its spec, or the user's own where there are no specs. */
function cookieOf(
  site: UsdtSite,
  specs: UsdtSpecs | undefined,
  holding: UsdtHolding | undefined,
  { cookie, allowUnreadable }: UsdtOptions,
): bigint | undefined {
  if (specs === undefined || holding === undefined) return cookie === undefined ? undefined : BigInt(cookie);
  if (allowUnreadable !== true) requireReadable(specs.layout, site);
  const { arguments: list } = site;
  if (list.length > specs.layout.argumentCount) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected at most ${specs.layout.argumentCount} arguments, found ${list.length}`,
    );
  }
  const id = holding.add(encodeUsdtSpec(specs.layout, list, BigInt(cookie ?? 0)), site.address);
  return specs.hasCookies ? BigInt(id) : undefined;
}

function requireReadable(layout: UsdtLayout, site: UsdtSite): void {
  const [first] = unreadableArguments(layout, site.arguments);
  if (first === undefined) return;
  throw new TsbpfError(
    ErrorCode.UNSUPPORTED,
    `expected arguments that a program can read, found argument ${first.index} (${first.text}): ${first.reason}`,
    { remedy: "attach with { allowUnreadable: true } if the program does not need it: it is -EINVAL there" },
  );
}

interface Parts {
  readonly program: Attachable;
  readonly sites: UsdtSites;
  readonly cookies: readonly (bigint | undefined)[];
  readonly options: UsdtOptions;
  readonly label: string;
}

/** One link for all places (Linux 6.6). */
function attachAtOnce({ program, sites, cookies, options, label }: Parts, hooks: AttachHooks): Link {
  const { path, list } = sites;
  const counters = list.map(({ refCtrOffset }) => refCtrOffset);
  return attachUprobeMulti(
    program,
    {
      path,
      offsets: list.map(({ offset }) => offset),
      refCtrOffsets: counters.some((offset) => offset !== 0) ? counters : undefined,
      type: "trace_uprobe_multi",
      label,
    },
    {
      pid: options.pid,
      cookies: cookies.some((cookie) => cookie !== undefined)
        ? cookies.map((cookie) => cookie ?? 0n)
        : undefined,
    },
    hooks,
  );
}

/** A uprobe for each place. */
function attachEach({ program, sites, cookies, options, label }: Parts, hooks: AttachHooks): Link {
  const { kernel, host, name } = program;
  const attach = (index: number, after: AttachHooks): Link => {
    const site = sites.list[index];
    const refCtrOffset = site?.refCtrOffset === 0 ? undefined : site?.refCtrOffset;
    return attachUprobe(
      program,
      { path: sites.path, offset: site?.offset ?? 0, label },
      { pid: options.pid, cookie: cookies[index], refCtrOffset },
      after,
    );
  };
  if (sites.list.length === 1) return attach(0, hooks);
  const links: Link[] = [];
  const detach = (): void => {
    for (const one of links.splice(0)) one.detach();
  };
  try {
    for (const index of sites.list.keys()) links.push(attach(index, {}));
  } catch (error) {
    detach();
    throw error;
  }
  return new Link({
    kernel,
    host,
    program: name,
    target: label,
    owner: undefined,
    withoutFd: `this point has ${sites.list.length} places with a link each; Linux 6.6 has one for all`,
    others: [],
    beforeClose: detach,
    afterClose: hooks.afterClose,
  });
}
