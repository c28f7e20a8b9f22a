import type { EventReader, LoadedObject } from "../../kernel/index.ts";
import type { MapSpec, ObjectSpec } from "../../program/spec/index.ts";
import { Progress } from "../progress.ts";
import type { AttachRequest } from "./attach-target.ts";
import { attachAll, unattached, withTargets } from "./attach.ts";
import { withTracefs } from "./mount-tracefs.ts";
import { jsonPrinter, tablePrinters, type EventPrinter } from "./event-printer.ts";

/** What the command line asks of a trace. */
export interface TraceOptions {
  /** How errors name the object: the file's name. */
  readonly name: string;
  readonly attach: readonly AttachRequest[];
  /** The process that uprobes watch; undefined: all. */
  readonly pid: number | undefined;
  readonly set: Readonly<Record<string, unknown>>;
  readonly milliseconds: number | undefined;
  readonly count: number | undefined;
  readonly json: boolean;
  /** Say on stderr what the loader did. */
  readonly explain: boolean;
}

/** Loads, attaches, prints events until it is told to stop, detaches, sums up on stderr. Gives the exit status. */
export async function trace(read: ObjectSpec, options: TraceOptions): Promise<number> {
  const spec = withTargets(read, options.attach);
  const { loadObject } = await import("../../kernel/index.ts");
  const stop = stopSignal();
  const progress = new Progress();
  progress.show(`loading ${options.name}: the kernel verifies its programs`);
  const object = await loadObject(spec, { set: options.set }, options.name).finally(() => progress.clear());
  try {
    // Readers first: an event between attaching and reading would be lost in a perf buffer without a reader.
    const maps = spec.maps.filter(({ type }) => type === "ringbuf" || type === "perf_event_array");
    const readers = maps.map((map) =>
      object.requireMap(map.name).events({ lost: lostCounter(spec, object, map) }),
    );
    const links = withTracefs(
      () => attachAll(spec, object, options),
      () => object.detach(),
    );
    const places = links.map((link) => `${link.program} → ${link.target}`);
    for (const note of unattached(spec, links)) process.stderr.write(`note: ${note}\n`);
    process.stderr.write(`${places.join(", ")}; Ctrl-C ends\n`);
    if (options.explain) {
      const { loadText } = await import("../explain/index.ts");
      process.stderr.write(loadText(object, links));
    }
    const printers = options.json
      ? maps.map((map) => jsonPrinter(map, maps.length > 1))
      : tablePrinters(spec, maps);
    const started = performance.now();
    if (options.milliseconds !== undefined) stop.after(options.milliseconds); // loading does not count
    let events = await printEvents(readers, printers, stop, options.count ?? Infinity);
    // Detached first, what is still in the buffers is the rest: it happened before the end.
    for (const link of links) link.detach();
    if (events < (options.count ?? Infinity)) events += printRest(readers, printers);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(`${summary(readers, events)} in ${seconds} s\n`);
    return 0;
  } finally {
    stop.release();
    object.close();
  }
}

interface Stop {
  readonly promise: Promise<void>;
  now(): void;
  after(milliseconds: number): void;
  release(): void;
}

/** Ctrl-C, SIGTERM or the time limit. The first asks for a tidy end; a second Ctrl-C finds Node's default again. */
function stopSignal(): Stop {
  let now = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    now = resolve;
  });
  process.once("SIGINT", now);
  process.once("SIGTERM", now);
  const release = (): void => {
    clearTimeout(timer);
    process.off("SIGINT", now);
    process.off("SIGTERM", now);
  };
  const after = (milliseconds: number): void => {
    timer = setTimeout(now, milliseconds);
  };
  return { promise, now, after, release };
}

/** A global named `lost` or `lost_MAP` counts what did not fit into a ring buffer: the kernel does not. */
function lostCounter(spec: ObjectSpec, object: LoadedObject, map: MapSpec): (() => number) | undefined {
  if (map.type !== "ringbuf") return undefined;
  const names = [`lost_${map.name}`, "lost"];
  const name = names.find((candidate) => spec.variables.some((variable) => variable.name === candidate));
  return name === undefined ? undefined : () => Number(object.variables[name]);
}

async function printEvents(
  readers: readonly EventReader<unknown>[],
  printers: readonly EventPrinter[],
  stop: Stop,
  limit: number,
): Promise<number> {
  const ended = new AbortController();
  let events = 0;
  const consumers = readers.map(async (reader, index) => {
    for await (const batch of reader.batches({ signal: ended.signal })) {
      const wanted = batch.slice(0, limit - events);
      events += wanted.length;
      const text = wanted.map((event) => `${printers[index]?.line(event)}\n`).join("");
      if (text !== "" && !process.stdout.write(text)) await drained();
      if (events >= limit) stop.now();
    }
  });
  // Without a buffer there is nothing to wait for but the end; the timer keeps the process alive until then.
  const idle = readers.length === 0 ? setInterval(() => undefined, 0x7fffffff) : undefined;
  await Promise.race([stop.promise, ...consumers]);
  clearInterval(idle);
  ended.abort();
  for (const result of await Promise.allSettled(consumers))
    if (result.status === "rejected" && result.reason !== ended.signal.reason) throw result.reason;
  return events;
}

function printRest(readers: readonly EventReader<unknown>[], printers: readonly EventPrinter[]): number {
  let events = 0;
  for (const [index, reader] of readers.entries()) {
    events += reader.drain((event) => void process.stdout.write(`${printers[index]?.line(event)}\n`));
  }
  return events;
}

/** A slow reader of our output slows us down instead of filling our memory; the kernel's buffer then counts losses. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("drain", resolve);
    process.stdout.once("close", resolve);
    process.stdout.once("error", () => resolve());
  });
}

function summary(readers: readonly EventReader<unknown>[], events: number): string {
  const counts = readers.map((reader) => reader.metrics().lost);
  const known = counts.filter((lost) => lost !== undefined);
  const lost =
    readers.length > 0 && known.length === 0
      ? "lost unknown"
      : `${known.reduce((sum, n) => sum + n, 0)} lost`;
  return `${events} ${events === 1 ? "event" : "events"}, ${lost}`;
}
