/** Objects to generate modules from. */
import { readFileSync } from "node:fs";
import { readObject, type ObjectSpec } from "../../../src/program/spec/index.ts";
import { btfOf, type CType } from "../codec/c-types.ts";

/** A compiled object of testdata. */
export function testObject(compiler: string, name: string): { spec: ObjectSpec; bytes: Uint8Array } {
  const path = new URL(`../../../testdata/obj/${compiler}/${name}.bpf.o`, import.meta.url);
  const bytes = new Uint8Array(readFileSync(path));
  return { spec: readObject(bytes, { name }), bytes };
}

/** An object that has nothing but one ring buffer with records of a type. */
export function objectWithEvent(type: CType, mapName = "events"): ObjectSpec {
  const { btf, id } = btfOf(type);
  return {
    name: "made",
    littleEndian: true,
    license: "GPL",
    kernelVersion: undefined,
    programs: [],
    subprograms: [],
    maps: [
      {
        name: mapName,
        kernelName: "events",
        origin: "declared",
        type: "ringbuf",
        keySize: 0,
        valueSize: 0,
        maxEntries: 4096,
        flags: 0,
        numaNode: undefined,
        mapExtra: 0n,
        pinning: "none",
        keyType: 0,
        valueType: 0,
        inner: undefined,
        slots: [],
        contents: undefined,
        eventType: id,
        autocreate: true,
        structOps: undefined,
      },
    ],
    variables: [],
    externs: [],
    btf,
    notes: [],
  };
}
