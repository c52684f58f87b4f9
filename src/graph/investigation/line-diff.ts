/** Lines `oldStart` to `oldEnd` (not included) of the old text become lines `newStart` to `newEnd` of the new one. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Above so many changed lines the differing middle is replaced as a whole: nobody reads such a diff line by line. */
const MOST_CHANGES = 1_000;

/**
 * The fewest line changes from `before` to `after`: Myers, "An O(ND) Difference Algorithm" (1986), between the lines
 * that both begin and end with.
 */
export function diffLines(before: readonly string[], after: readonly string[]): Hunk[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let [oldEnd, newEnd] = [before.length, after.length];
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd--;
    newEnd--;
  }
  if (start === oldEnd && start === newEnd) return [];
  const [a, b] = [before.slice(start, oldEnd), after.slice(start, newEnd)];
  const matches = commonLines(a, b);
  if (matches === undefined) return [{ oldStart: start, oldEnd, newStart: start, newEnd }];
  return between(matches, a.length, b.length).map(hunk => ({
    oldStart: hunk.oldStart + start,
    oldEnd: hunk.oldEnd + start,
    newStart: hunk.newStart + start,
    newEnd: hunk.newEnd + start,
  }));
}

/** Pairs of equal lines (in a, in b), ascending; undefined if the texts differ in too many lines. */
function commonLines(a: readonly string[], b: readonly string[]): [number, number][] | undefined {
  // furthest[k + offset]: the furthest line of a reached on diagonal k = x - y with so many changes.
  const most = Math.min(MOST_CHANGES, a.length + b.length);
  const offset = most + 1;
  const furthest = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  for (let changes = 0; changes <= most; changes++) {
    history.push(furthest.slice(offset - changes - 1, offset + changes + 2));
    for (let k = -changes; k <= changes; k += 2) {
      const [below, above] = [furthest[offset + k - 1], furthest[offset + k + 1]];
      let x = k === -changes || (k !== changes && below < above) ? above : below + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[offset + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(history, a, b);
    }
  }
  return undefined;
}

/** history[d] holds diagonals -d - 1 to d + 1 as they were before step d. */
function walkBack(history: readonly Int32Array[], a: readonly string[], b: readonly string[]): [number, number][] {
  const matches: [number, number][] = [];
  let [x, y] = [a.length, b.length];
  for (let changes = history.length - 1; changes >= 0; changes--) {
    const at = (k: number): number => history[changes][k + changes + 1];
    const k = x - y;
    const isInsertion = k === -changes || (k !== changes && at(k - 1) < at(k + 1));
    const [fromX, fromK] = changes === 0 ? [0, 0] : isInsertion ? [at(k + 1), k + 1] : [at(k - 1), k - 1];
    const middle = changes === 0 ? 0 : isInsertion ? fromX : fromX + 1;
    while (x > middle && x > 0 && y > 0 && a[x - 1] === b[y - 1]) matches.push([--x, --y]);
    [x, y] = [fromX, fromX - fromK];
  }
  return matches.reverse();
}

function between(matches: readonly [number, number][], oldLength: number, newLength: number): Hunk[] {
  const hunks: Hunk[] = [];
  let [oldAt, newAt] = [0, 0];
  for (const [oldLine, newLine] of [...matches, [oldLength, newLength] as const]) {
    if (oldLine > oldAt || newLine > newAt) {
      hunks.push({ oldStart: oldAt, oldEnd: oldLine, newStart: newAt, newEnd: newLine });
    }
    [oldAt, newAt] = [oldLine + 1, newLine + 1];
  }
  return hunks;
}
