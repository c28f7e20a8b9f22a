/**
 * "Did you mean": the candidate nearest to a mistyped name, for errors about names.
 */

/** The nearest candidate, if it is near enough to be meant: a third of the name's letters may differ. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/** `did you mean "x"?`, or the first few candidates where none is near. */
export function suggest(name: string, candidates: Iterable<string>, most = 8): string | undefined {
  const all = [...candidates];
  const near = nearest(name, all);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (all.length === 0) return undefined;
  const shown = all.slice(0, most).map((candidate) => `"${candidate}"`);
  return `known: ${shown.join(", ")}${all.length > most ? `, … ${all.length - most} more` : ""}`;
}

/** Levenshtein distance with adjacent swaps as one step; `limit` or more is answered as `limit`. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit || differentLetters(left, right) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    before = above;
    above = current;
  }
  return above[right.length] ?? limit;
}

/**
 * How many letters one text has that the other lacks: never more than the edit distance, and a hundredth of its work for
 * the long names of C++, of which a program has a hundred thousand.
 */
function differentLetters(left: string, right: string): number {
  const counts = new Int16Array(128);
  for (let at = 0; at < left.length; at++) add(counts, left.charCodeAt(at), 1);
  for (let at = 0; at < right.length; at++) add(counts, right.charCodeAt(at), -1);
  let more = 0;
  let less = 0;
  for (const count of counts) {
    if (count > 0) more += count;
    else less -= count;
  }
  return Math.max(more, less);
}

/** Letters that share the low bits of their code are counted as one: the answer is then smaller, which is safe. */
function add(counts: Int16Array, letter: number, by: number): void {
  const place = letter & 127;
  counts[place] = (counts[place] ?? 0) + by;
}
