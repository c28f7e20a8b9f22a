import { findRange, type Range } from "./ranges.ts";
import type { MapSpec } from "./types.ts";

/** A map and where its definition or its contents lie in the file: what relocations refer to. */
export interface PlacedMap extends Range {
  readonly spec: MapSpec;
  /** ELF section index. */
  readonly section: number;
}

/** Maps by place. */
export class MapPlaces {
  private readonly sections = new Map<number, PlacedMap[]>();

  constructor(maps: readonly PlacedMap[]) {
    for (const map of maps) {
      const list = this.sections.get(map.section);
      if (list === undefined) this.sections.set(map.section, [map]);
      else list.push(map);
    }
    for (const list of this.sections.values()) list.sort((a, b) => a.start - b.start);
  }

  /** The map whose definition or contents contain this byte of a section. */
  find(section: number, offset: number): PlacedMap | undefined {
    return findRange(this.sections.get(section) ?? [], offset);
  }

  /** Whether a section holds maps at all. */
  has(section: number): boolean {
    return this.sections.has(section);
  }
}
