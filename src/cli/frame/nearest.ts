/** The candidate that `text` was most likely meant to be, or undefined if none is close. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  // Two slips in a long word, one in a short one.
  let smallest = text.length > 5 ? 3 : 2;
  for (const candidate of candidates) {
    if (text.length >= 3 && candidate.startsWith(text)) return candidate;
    const distance = editDistance(text, candidate);
    if (distance < smallest) [best, smallest] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, row[j] + 1, next[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}
