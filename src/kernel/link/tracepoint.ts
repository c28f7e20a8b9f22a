import { DeniedError, ErrorCode, TsbpfError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import { Errno } from "../object/index.ts";
import type { Host } from "../host/index.ts";
import { tracefsRefusal } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { tracepointEventAttr } from "./attr.ts";
import type { Link } from "./link.ts";
import { attachPerfEvent, openPerfEvent } from "./perf-link.ts";

/** Attaches a program of type `tracepoint` to `events/CATEGORY/NAME` of tracefs, on all CPUs (RULES 67). */
export function attachTracepoint(
  program: Attachable,
  category: string,
  name: string,
  options: AttachOptions = {},
  hooks: AttachHooks = {},
): Link {
  const id = program.host.tracepointId(category, name);
  if (id === undefined) throw missingTracepoint(program.host, category, name);
  const event = openPerfEvent(program, {
    attr: tracepointEventAttr(id),
    target: `tracepoint ${category}/${name}`,
    meanings: {
      [Errno.ENOENT]: ["this kernel has no perf events for that"],
      [Errno.EINVAL]: ["the tracepoint is gone"],
    },
  });
  return attachPerfEvent(program, event, options, hooks);
}

/** Why there is no id: tracefs is not mounted, may not be read, or the name is wrong. */
function missingTracepoint(host: Host, category: string, name: string): TsbpfError {
  const trail = [`tracepoint ${category}/${name}`];
  const refusal = tracefsRefusal(host);
  if (refusal !== undefined) {
    return new DeniedError(refusal.reason, refusal.needs, { trail, remedy: refusal.remedy });
  }
  const all = host.tracepoints();
  const wanted = `${category}/${name}`;
  // The name alone, first: people mistake the category more often than both.
  const elsewhere = all.find((candidate) => candidate.endsWith(`/${name}`));
  const sameCategory = all.filter((candidate) => candidate.startsWith(`${category}/`));
  const remedy =
    elsewhere !== undefined
      ? `did you mean "${elsewhere}"?`
      : suggest(wanted, sameCategory.length > 0 ? sameCategory : categories(all));
  return new TsbpfError(ErrorCode.ARGUMENT, "this kernel has no such tracepoint", { trail, remedy });
}

function categories(tracepoints: readonly string[]): string[] {
  return [...new Set(tracepoints.map((name) => name.slice(0, name.indexOf("/"))))];
}
