import { argumentError } from "../../errors.ts";

/** Options of links to many places. */
export interface MultiOptions {
  /** One cookie for each place, in their order; not with a pattern, whose order nobody knows. */
  readonly cookies?: readonly (bigint | number)[] | undefined;
}

/** The cookies of `count` places: each its own, or all the same. */
export function cookiesOf(
  { cookie, cookies }: MultiOptions & { readonly cookie?: bigint | number | undefined },
  count: number,
  isPattern: boolean,
  label: string,
): readonly bigint[] | undefined {
  if (cookies === undefined) {
    return cookie === undefined ? undefined : Array.from({ length: count }, () => BigInt(cookie));
  }
  if (isPattern) {
    throw argumentError(
      "expected no cookies with a pattern, found some",
      "one `cookie` goes to all places; for cookies of their own name the functions",
    ).within(label);
  }
  if (cookies.length !== count) {
    throw argumentError(`expected ${count} cookies, one a place, found ${cookies.length}`).within(label);
  }
  return cookies.map((one) => BigInt(one));
}
