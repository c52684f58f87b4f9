import assert from 'node:assert/strict';

/** Asserts that two lists of numbers differ nowhere by more than `share` of the largest expected magnitude. */
export function assertWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  share: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: lengths`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= worst)) worst = difference;
  }
  assert.ok(worst <= share * largest, `${what}: off by ${worst}, the largest is ${largest}`);
}
