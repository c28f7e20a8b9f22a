/** A place in a section: bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The range that contains `offset`, among ranges that are sorted and do not overlap; logarithmic. */
export function findRange<R extends Range>(ranges: readonly R[], offset: number): R | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return range !== undefined && offset < range.end ? range : undefined;
}
