import { toJson } from "../../program/codec/index.ts";
import type { MapSpec, ObjectSpec } from "../../program/spec/index.ts";
import { eventColumns, hex } from "./event-columns.ts";
import { Table } from "./table.ts";

/** Turns the events of one map into lines of output. */
export interface EventPrinter {
  line(event: unknown): string;
}

/** NDJSON with the C field names; `map` names the origin where several maps deliver. */
export function jsonPrinter(map: MapSpec, several: boolean): EventPrinter {
  return {
    line(event) {
      const value = event instanceof Uint8Array ? { bytes: hex(event).replaceAll(" ", "") } : toJson(event);
      return JSON.stringify(several ? { map: map.name, ...asObject(value) } : value);
    },
  };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : { value };
}

/** Aligned columns; the header is printed again whenever another map's event stood in between. */
export function tablePrinters(spec: ObjectSpec, maps: readonly MapSpec[]): EventPrinter[] {
  let last: EventPrinter | undefined;
  return maps.map((map) => {
    const columns =
      spec.btf === undefined || map.eventType === 0 ? undefined : eventColumns(spec.btf, map.eventType);
    const table = new Table(columns ?? [{ title: `${map.name} (bytes)`, right: false, width: 8 }]);
    const printer: EventPrinter = {
      line(event) {
        const cells = columns?.map(({ member, cell }) =>
          cell(typeof event === "object" && event !== null ? Reflect.get(event, member) : event),
        ) ?? [event instanceof Uint8Array ? hex(event) : String(event)];
        const row = table.row(cells);
        if (last === printer) return row;
        last = printer;
        const name = maps.length > 1 ? `── ${map.name}\n` : "";
        return `${name}${table.header()}\n${row}`;
      },
    };
    return printer;
  });
}
