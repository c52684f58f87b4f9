/**
 * `value` as JSON. A float32 is written with as few digits as give the same float32 back (0.1, not
 * 0.10000000149011612), which halves a graph's file; other numbers as they are; NaN and infinities as null.
 */
export function jsonNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return 'null';
  if (Number.isInteger(value) || Math.fround(value) !== value) return String(value);
  for (const digits of [7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  // 9 significant digits tell every float32 from its neighbours.
  return String(Number(value.toPrecision(9)));
}
