/** How products of heads are divided among threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headParts } from '../../../src/attribution/head-parts.ts';

/** Rows that the busiest thread multiplies, against an even share. */
function busiest(nHeads: number, threads: number, parts: number): number {
  return (Math.ceil((nHeads * parts) / threads) * threads) / (nHeads * parts);
}

test('heads that the threads share evenly are not divided', () => {
  for (const [nHeads, threads] of [[12, 2], [8, 4], [9, 1], [9, 3], [16, 16]]) assert.equal(headParts(1024, nHeads, threads), 1); // prettier-ignore
});

test('others are divided until no thread has much more than its share', () => {
  assert.equal(headParts(2048, 9, 2), 2);
  for (const [rows, nHeads, threads] of [[2048, 9, 8], [2048, 9, 16], [2160, 12, 8], [1800, 5, 6], [4096, 8, 32]]) {
    const parts = headParts(rows, nHeads, threads);
    assert.equal(rows % parts, 0);
    assert.ok(busiest(nHeads, threads, parts) < 1.1, `${parts} parts of ${rows} rows`);
    assert.ok(busiest(nHeads, threads, 1) > 1.15);
  } // prettier-ignore
});

test('few rows are not divided, as each part costs a copy of the matrix; rows that nothing divides stay whole', () => {
  assert.equal(headParts(20, 9, 2), 1);
  assert.equal(headParts(2053, 9, 2), 1);
  assert.equal(headParts(0, 9, 2), 1);
});
