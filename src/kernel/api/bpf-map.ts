import { argumentError } from "../../errors.ts";
import type { Btf } from "../../format/btf/index.ts";
import { buildCodec, type Codec } from "../../program/codec/index.ts";
import { openPerfBuffer, openRingBuffer, type EventReader, type PerfBufferOptions } from "../events/index.ts";
import { attachStructOps, type Link } from "../link/index.ts";
import { ElementMap, type MapParts, type StructOpsLayout } from "../object/index.ts";

/** What a map of an object knows beyond its elements. */
export interface MapExtras<Event> {
  /** The records of a ring or perf buffer: a type in the object's BTF, or a ready codec. */
  readonly eventBtf?: Btf | undefined;
  readonly eventType?: number | undefined;
  readonly eventCodec?: Codec<Event> | undefined;
  readonly structOps?: StructOpsLayout | undefined;
}

/** A loaded map: elements by key, and for ring and perf buffers the records that programs send through it. */
export class BpfMap<Key = unknown, Value = unknown, Event = unknown> extends ElementMap<Key, Value> {
  private readonly extras: MapExtras<Event>;
  private readonly readers = new Set<EventReader<Event>>();
  private link: Link | undefined;

  /** @internal */
  constructor(parts: MapParts<Key, Value>, extras: MapExtras<Event> = {}) {
    super(parts);
    this.extras = extras;
  }

  /**
   * Opens a reader of the records in a ring buffer or a perf event array; they are decoded where the source declares
   * their type, else they are bytes. The reader is the caller's to close and ends with the map at the latest.
   * ARGUMENT for a map of another type.
   */
  events(options: PerfBufferOptions = {}): EventReader<Event> {
    const { kernel, host } = this.parts;
    const input = {
      kernel,
      host,
      fd: this.fd,
      name: this.name,
      maxEntries: this.maxEntries,
      flags: this.flags,
      codec: this.eventCodec(),
    };
    const reader =
      this.type === "ringbuf"
        ? openRingBuffer<Event>(input, options)
        : this.type === "perf_event_array"
          ? openPerfBuffer<Event>(input, options)
          : undefined;
    if (reader === undefined) {
      throw argumentError(
        `map "${this.name}": expected a ringbuf or a perf_event_array to read events from, found a ${this.type}`,
      );
    }
    for (const known of this.readers) if (known.closed) this.readers.delete(known);
    this.readers.add(reader);
    return reader;
  }

  /** Registers a `struct_ops` with its subsystem. ARGUMENT for a map of another type. */
  attachStructOps(): Link {
    const { structOps } = this.extras;
    if (structOps === undefined) {
      throw argumentError(`map "${this.name}": expected a struct_ops, found a ${this.type}`);
    }
    const { kernel, host } = this.parts;
    const map = { kernel, host, name: this.name, fd: this.fd, layout: structOps };
    this.link = attachStructOps(map, { afterClose: () => (this.link = undefined) });
    return this.link;
  }

  /** The registration of a `struct_ops`, if there is one now. */
  get structOpsLink(): Link | undefined {
    return this.link;
  }

  /** Closes its readers, ends a registration and gives the fd back; idempotent. */
  override close(): void {
    for (const reader of this.readers) reader.close();
    this.readers.clear();
    this.link?.detach();
    super.close();
  }

  /** Samples of a perf buffer lie at 4 mod 8, those of a ring buffer at multiples of 8 (RULES 75). */
  private eventCodec(): Codec<Event> | undefined {
    const { eventCodec, eventBtf, eventType } = this.extras;
    if (eventCodec !== undefined || eventBtf === undefined || eventType === undefined || eventType === 0) {
      return eventCodec;
    }
    return buildCodec<Event>(eventBtf, eventType, { alignment: this.type === "perf_event_array" ? 4 : 8 });
  }
}
