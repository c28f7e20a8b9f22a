import type { UsdtArgument, UsdtPlace } from "./types.ts";

/** An argument for people, with its type in C's fashion: `s32 in edi`, `u64 at rbp-24`, `s32 = 10`. */
export function describeUsdtArgument(argument: UsdtArgument): string {
  return `${typeName(argument)} ${describePlace(argument.place)}`;
}

function typeName({ size, signed, float }: UsdtArgument): string {
  return `${float ? "f" : signed ? "s" : "u"}${size * 8}`;
}

function describePlace(place: UsdtPlace): string {
  switch (place.kind) {
    case "constant":
      return `= ${place.value}`;
    case "register":
      return `in ${place.register.name}`;
    case "memory": {
      const { base, index, shift, displacement, symbol } = place;
      const scaled =
        index === undefined ? undefined : shift === 0 ? index.name : `${index.name}*${1 << shift}`;
      // `counter(%rip)` is how code that may be loaded anywhere says `counter`.
      const counted = symbol !== undefined && base?.name === "rip" ? undefined : base?.name;
      const places = [symbol, counted, scaled].filter((part) => part !== undefined).join("+");
      if (places === "") return `at ${displacement}`;
      return `at ${places}${displacement === 0n ? "" : `${displacement < 0n ? "-" : "+"}${magnitude(displacement)}`}`;
    }
    case "unreadable":
      return `unreadable: ${place.reason}`;
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
