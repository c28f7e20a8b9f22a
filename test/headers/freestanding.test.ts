// C's own headers, for compilers that bring none: alone, together, and around vmlinux.h.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { vmlinuxFolder } from "../../src/toolchain/vmlinux/index.ts";
import { compileText, compilers, include } from "./compile-with-headers.ts";

const names = readdirSync(join(include, "freestanding")).sort();
const all = names.map((name) => `#include <${name}>\n`).join("");
const vmlinux = vmlinuxFolder();
const noBtf = vmlinux === undefined ? " (skipped: this kernel has no BTF to print vmlinux.h from)" : "";

test.each(Object.entries(compilers))("%s: sizes, limits and signs", (_, command) => {
  const checks = [8, 16, 32, 64].flatMap((bits) => [
    `sizeof(int${bits}_t) == ${bits / 8} && sizeof(uint${bits}_t) == ${bits / 8}`,
    `sizeof(int_least${bits}_t) == ${bits / 8} && sizeof(uint_fast${bits}_t) == ${bits / 8}`,
    `(int${bits}_t)-1 < 0 && (uint${bits}_t)-1 > 0`,
    `(uint${bits}_t)-1 == UINT${bits}_MAX && INT${bits}_MAX == UINT${bits}_MAX / 2`,
    `INT${bits}_MIN == -INT${bits}_MAX - 1`,
  ]);
  checks.push(
    "sizeof(size_t) == 8 && SIZE_MAX == (size_t)-1 && (ptrdiff_t)-1 < 0",
    "sizeof(intptr_t) == 8 && sizeof(uintmax_t) == 8 && UINTPTR_MAX == (uintptr_t)-1",
    "INT_MAX == 0x7fffffff && INT_MIN == -INT_MAX - 1 && UINT_MAX == (unsigned)-1 && CHAR_BIT == 8",
    "LONG_MAX == INT64_MAX && ULLONG_MAX == UINT64_MAX && UCHAR_MAX == 255 && SHRT_MIN == -32768",
    "(bool)2 == true && !false && sizeof(bool) == 1",
    "offsetof(struct s, b) == 8 && sizeof(NULL) == sizeof(void *)",
    "(UINT64_C(1) << 63) > INT64_MAX && INT64_C(-1) < 0 && (UINTMAX_C(1) << 63) > INT64_MAX",
  );
  const text = `${all}${all}struct s { char a; long b; };
${checks.map((check) => `_Static_assert(${check}, "");`).join("\n")}
int x;
`;
  expect(compileText(text, [], command).length).toBeGreaterThan(0);
});

const orders = [
  ["after vmlinux.h", `#include "vmlinux.h"\n${all}`],
  [
    // Those two define what vmlinux.h defines otherwise.
    "before vmlinux.h, all but <stdbool.h> and <stdarg.h>",
    `${all.replace(/.*(bool|arg)\.h.*\n/g, "")}#include "vmlinux.h"\n`,
  ],
] as const;
test.skipIf(noBtf !== "").each(orders)(`%s${noBtf}`, (_, text) => {
  const source = `${text}bool b = true; uint64_t u = UINT64_MAX; size_t s = sizeof(ptrdiff_t);\n`;
  const flags = [`-I${vmlinux}`, "-Wno-missing-declarations"];
  expect(compileText(source, flags).length).toBeGreaterThan(0);
});
