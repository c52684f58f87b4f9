/** Attention, rotation and the error function in float64 loops. */

export type Vector = number[];

type HeadVectors = (position: number, head: number) => Vector;

/** Softmax attention over the last `window` positions up to the query's, or by a given pattern; heads side by side in `mixed`. */
export function attend(
  nTokens: number,
  nHeads: number,
  query: HeadVectors,
  key: HeadVectors,
  value: HeadVectors,
  scores: (product: number) => number,
  window: number,
  given?: readonly number[][][],
): { mixed: Vector[]; pattern: number[][][] } {
  const mixed: Vector[] = Array.from({ length: nTokens }, () => []);
  const pattern: number[][][] = [];
  for (let h = 0; h < nHeads; h++) {
    pattern.push([]);
    for (let t = 0; t < nTokens; t++) {
      const row = Array<number>(nTokens).fill(0);
      let total = 0;
      for (let s = 0; s <= t; s++) {
        if (t - s >= window) continue;
        total += row[s] = Math.exp(scores(dot(query(t, h), key(s, h))));
      }
      pattern[h].push(given?.[h][t] ?? row.map(weight => weight / total));
      const size = value(0, h).length;
      for (let i = 0; i < size; i++) {
        mixed[t].push(pattern[h][t].reduce((sum, weight, s) => sum + (weight === 0 ? 0 : weight * value(s, h)[i]), 0));
      }
    }
  }
  return { mixed, pattern };
}

/** Each pair (i, i + half) as a complex number, times e^(i position frequency). */
export function rotate(x: Vector, position: number, frequency: (pair: number) => number): Vector {
  const half = x.length / 2;
  const result = [...x];
  for (let pair = 0; pair < half; pair++) {
    const [re, im] = [Math.cos(position * frequency(pair)), Math.sin(position * frequency(pair))];
    result[pair] = x[pair] * re - x[pair + half] * im;
    result[pair + half] = x[pair] * im + x[pair + half] * re;
  }
  return result;
}

/** By Taylor's series, exact to rounding for the arguments that occur here (up to about 5). */
export function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 && n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return Math.max(-1, Math.min(1, (2 / Math.sqrt(Math.PI)) * sum));
}

export function plus(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value + b[i]);
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
