import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromDense, SparseMatrixBuilder, toDense } from '../../../src/attribution/sparse-matrix.ts';

describe('sparse matrix', () => {
  test('gives back the dense matrix it came from, whatever the order of the entries', () => {
    const matrixAndOrder = fc.integer({ min: 1, max: 9 }).chain(size =>
      fc.record({
        size: fc.constant(size),
        dense: fc.array(fc.oneof(fc.constant(0), fc.float({ noNaN: true })), {
          minLength: size * size,
          maxLength: size * size,
        }),
        order: fc.shuffledSubarray(
          Array.from({ length: size * size }, (_, i) => i),
          { minLength: size * size },
        ),
      }),
    );
    fc.assert(
      fc.property(matrixAndOrder, ({ size, dense, order }) => {
        const builder = new SparseMatrixBuilder(size);
        for (const i of order) builder.add(Math.floor(i / size), i % size, dense[i]);
        const matrix = builder.build();
        // -0 is no entry.
        assert.deepEqual(
          [...toDense(matrix)],
          dense.map(value => (value === 0 ? 0 : value)),
        );
        assert.deepEqual(matrix, fromDense(dense, size));
        for (let row = 0; row < size; row++) {
          const sources = [...matrix.sources.subarray(matrix.rowStart[row], matrix.rowStart[row + 1])];
          assert.deepEqual(
            sources,
            [...sources].sort((a, b) => a - b),
          );
        }
      }),
    );
  });

  test('grows beyond its first allocation', () => {
    const builder = new SparseMatrixBuilder(100);
    for (let target = 99; target >= 0; target--)
      builder.addRun(
        target,
        0,
        Array.from({ length: 100 }, (_, i) => target * 100 + i + 1),
      );
    const dense = toDense(builder.build());
    assert.ok(dense.every((value, i) => value === i + 1));
  });

  test('leaves out weights up to the threshold and says what that cost each row', () => {
    const matrix = new SparseMatrixBuilder(2, 0.5);
    matrix.addRun(1, 0, [0.5, -0.75]);
    matrix.add(0, 0, -0.25);
    assert.deepEqual([...toDense(matrix.build())], [0, 0, 0, -0.75]);
    assert.deepEqual([...matrix.droppedMass], [0.25, 0.5]);
  });

  test('refuses entries outside', () => {
    const builder = new SparseMatrixBuilder(2);
    for (const [target, source] of [
      [2, 0],
      [0, 2],
      [-1, 0],
      [NaN, 0],
    ]) {
      assert.throws(() => builder.add(target, source, 1), RangeError);
    }
  });
});
