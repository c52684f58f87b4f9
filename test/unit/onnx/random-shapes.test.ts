/** Derivatives over random shapes, axes and broadcasts. */
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as op from '../../../src/onnx/index.ts';
import { buildCase, firstOrderError, type DerivativeCase } from '../../support/onnx-derivatives.ts';

const RUNS = { numRuns: 25, seed: 5 };
const size = fc.integer({ min: 1, max: 3 });
const shapes = fc.array(size, { minLength: 1, maxLength: 4 });

function check(spec: Omit<DerivativeCase, 'op' | 'title'>): void {
  const error = firstOrderError(buildCase({ op: '', title: '', ...spec }));
  assert.ok(error <= 1e-6, `relative error ${error}`);
}

/** Two shapes that broadcast: each axis of either may be 1, leading axes may be absent. */
const broadcasts = fc.tuple(shapes, fc.infiniteStream(fc.boolean()), fc.nat(3), fc.boolean()).map(([shape, ones, drop, swap]) => {
  const a = shape.map(length => (ones.next().value === true ? 1 : length));
  const b = shape.map(length => (ones.next().value === true ? 1 : length)).slice(Math.min(drop, shape.length));
  return swap ? { a: b, b: a } : { a, b };
}); // prettier-ignore

describe('random shapes', () => {
  for (const formula of [op.add, op.sub, op.mul, op.div, op.maximum]) {
    test(formula.name, () => {
      fc.assert(
        fc.property(broadcasts, ({ a, b }) =>
          check({ inputs: { x: { shape: a }, y: { shape: b } }, build: ({ x, y }) => formula(x, y) }),
        ),
        RUNS,
      );
    });
  }

  test('where', () => {
    fc.assert(
      fc.property(broadcasts, ({ a, b }) =>
        check({
          inputs: { x: { shape: a }, y: { shape: b } },
          build: ({ x, y }) => op.where(op.greater(x, y), op.mul(x, x), y),
        }),
      ),
      RUNS,
    );
  });

  test('matmul', () => {
    const flags = fc.record({ transposeA: fc.boolean(), transposeB: fc.boolean() });
    fc.assert(
      fc.property(broadcasts, size, size, size, flags, ({ a, b }, m, k, n, options) =>
        check({
          inputs: {
            x: { shape: [...a, ...(options.transposeA ? [k, m] : [m, k])] },
            y: { shape: [...b, ...(options.transposeB ? [n, k] : [k, n])] },
          },
          build: ({ x, y }) => op.matmul(x, y, options),
        }),
      ),
      RUNS,
    );
  });

  test('sum and mean over any axes', () => {
    const some = shapes.chain(shape =>
      fc.record({ shape: fc.constant(shape), axes: fc.subarray([...shape.keys()]), keep: fc.boolean() }),
    );
    fc.assert(
      fc.property(some, ({ shape, axes, keep }) =>
        check({
          inputs: { x: { shape } },
          build: ({ x }) => op.mul(op.sum(op.mul(x, x), axes, { keep }), op.mean(op.exp(x), axes, { keep })),
        }),
      ),
      RUNS,
    );
  });

  test('transpose, reshape, unsqueeze and squeeze', () => {
    const moves = shapes.chain(shape =>
      fc.record({
        shape: fc.constant(shape),
        permutation: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        axis: fc.integer({ min: -shape.length - 1, max: shape.length }),
      }),
    );
    fc.assert(
      fc.property(moves, ({ shape, permutation, axis }) =>
        check({
          inputs: { x: { shape } },
          build: ({ x }) => {
            const moved = op.transpose(op.exp(x), permutation);
            const back = op.squeeze(op.unsqueeze(moved, [axis]), [axis]);
            const flat = op.reshape(op.mul(back, back), [shape.reduce((a, b) => a * b, 1)]);
            return op.add(op.reshapeLike(flat, x), x);
          },
        }),
      ),
      RUNS,
    );
  });

  test('slice, concat and stack', () => {
    const cuts = shapes.chain(shape =>
      fc.integer({ min: 0, max: shape.length - 1 }).chain(axis =>
        fc.record({
          shape: fc.constant(shape),
          axis: fc.constantFrom(axis, axis - shape.length),
          cut: fc.integer({ min: 0, max: shape[axis] }),
        }),
      ),
    );
    fc.assert(
      fc.property(cuts, ({ shape, axis, cut }) =>
        check({
          inputs: { x: { shape } },
          build: ({ x }) => {
            const y = op.mul(x, x);
            const parts = [op.slice(y, axis, cut, shape.at(axis)!), op.slice(x, axis, 0, cut)];
            return op.stack([op.concat(parts, axis), y], 0);
          },
        }),
      ),
      RUNS,
    );
  });
});
