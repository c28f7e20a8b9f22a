import { expect, test } from "vitest";
import { arraySource, ByteWriter, encodeUtf8 } from "../../../src/format/bytes/index.ts";
import { findStoredEntry } from "../../../src/format/zip/index.ts";

interface Member {
  name: string;
  content: string;
  method?: number;
  /** Bytes of the extra field in front of the content: APKs align libraries with it. */
  padding?: number;
}

function archive(members: readonly Member[], comment = ""): Uint8Array {
  const writer = new ByteWriter(true);
  const places = members.map(({ name, content, method = 0, padding = 0 }) => {
    const at = writer.length;
    writer.u32(0x04034b50).u16(20).u16(0).u16(method).u32(0).u32(0);
    writer.u32(content.length).u32(content.length).u16(name.length).u16(padding);
    writer.bytes(encodeUtf8(name)).bytes(new Uint8Array(padding)).bytes(encodeUtf8(content));
    return at;
  });
  const start = writer.length;
  for (const [index, { name, content, method = 0 }] of members.entries()) {
    writer.u32(0x02014b50).u16(20).u16(20).u16(0).u16(method).u32(0).u32(0);
    writer.u32(content.length).u32(content.length).u16(name.length).u16(0).u16(0).u16(0).u16(0).u32(0);
    writer.u32(places[index] ?? 0).bytes(encodeUtf8(name));
  }
  const size = writer.length - start;
  writer.u32(0x06054b50).u16(0).u16(0).u16(members.length).u16(members.length).u32(size).u32(start);
  writer.u16(comment.length).bytes(encodeUtf8(comment));
  return writer.finish();
}

const members: Member[] = [
  { name: "AndroidManifest.xml", content: "<manifest/>", method: 8 },
  { name: "lib/x86_64/libx.so", content: "the library", padding: 4011 },
  { name: "empty", content: "" },
];

test("a stored member is a part of the archive, wherever its padding puts it", () => {
  for (const comment of ["", "a comment PK\x05\x06 behind the end"]) {
    const bytes = archive(members, comment);
    const { offset, source } = findStoredEntry(arraySource(bytes), "lib/x86_64/libx.so");
    expect(new TextDecoder().decode(source.read(0, source.size))).toBe("the library");
    expect(new TextDecoder().decode(bytes.subarray(offset, offset + 11))).toBe("the library");
    expect(() => source.read(0, 12)).toThrow(/expected 12 bytes, found the end at 11/);
    expect(findStoredEntry(arraySource(bytes), "empty").source.size).toBe(0);
  }
});

test.each([
  [
    "lib/x86_64/libz.so",
    /expected "lib\/x86_64\/libz\.so" in the archive, found no such member \(did you mean "lib\/x86_64\/libx\.so"/,
  ],
  ["AndroidManifest.xml", /expected a member that is stored, found a compressed one/],
])("%s is refused", (name, message) => {
  expect(() => findStoredEntry(arraySource(archive(members)), name)).toThrow(message);
});

test("damage is named", () => {
  expect(() => findStoredEntry(arraySource(new Uint8Array(10)), "x")).toThrow(/no end of its directory/);
  const bytes = archive(members);
  expect(() => findStoredEntry(arraySource(bytes.subarray(0, bytes.length - 1)), "x")).toThrow(
    /no end of its directory/,
  );
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 6, bytes.length, true);
  expect(() => findStoredEntry(arraySource(bytes), "x")).toThrow(/expected \d+ bytes, found the end/);
});
