/** Neighbouring positions. */
export interface PositionRange {
  readonly firstPosition: number;
  readonly positions: number;
}

/** Neighbouring positions that share a width: their sources are read by one product, [positions, width, dModel]. */
export interface SourceSegment extends PositionRange {
  /** Slots at each position: as many as the fullest one needs. */
  readonly width: number;
  /** The slot before which those of other segments lie. */
  readonly firstSlot: number;
  /**
   * The number of a segment whose sources write in other layers too: those of its first slots are read again in the layer below
   * at the same places, and their effects are the sums.
   */
  readonly sum?: number;
}

/** A product of its own takes as long as reading so many values of vectors for some 64 targets. */
const VALUES_OF_A_SEGMENT = 2 ** 17;

/**
 * The cheapest division of positions into segments: one full position would otherwise make all the others as wide. The
 * best one of the first positions, prolonged by each possible last segment (dynamic programming). counts: [tokens]
 */
export function planSegments(counts: Uint32Array, dModel: number): SourceSegment[] {
  const cost = new Float64Array(counts.length + 1).fill(Infinity);
  const start = new Uint32Array(counts.length + 1);
  cost[0] = 0;
  for (let end = 1; end <= counts.length; end++) {
    let width = 0;
    for (let first = end - 1; first >= 0; first--) {
      width = Math.max(width, counts[first]);
      const whole = cost[first] + (end - first) * width * dModel + VALUES_OF_A_SEGMENT;
      if (whole >= cost[end]) continue;
      cost[end] = whole;
      start[end] = first;
    }
  }
  const backwards: PositionRange[] = [];
  for (let end = counts.length; end > 0; end = start[end]) {
    backwards.push({ firstPosition: start[end], positions: end - start[end] });
  }
  return segmentsOf(backwards.reverse(), counts);
}

/** Segments of the given ranges, as wide as the fullest of their positions. counts: [tokens] */
export function segmentsOf(ranges: readonly PositionRange[], counts: Uint32Array): SourceSegment[] {
  let firstSlot = 0;
  return ranges.map(({ firstPosition, positions }) => {
    const width = counts.subarray(firstPosition, firstPosition + positions).reduce((a, b) => Math.max(a, b), 0);
    const segment = { firstPosition, positions, width, firstSlot };
    firstSlot += positions * width;
    return segment;
  });
}

export function slotsOf(segments: readonly SourceSegment[]): number {
  return segments.reduce((sum, { positions, width }) => sum + positions * width, 0);
}
