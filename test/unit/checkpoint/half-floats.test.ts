import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from '../../../src/checkpoint/half-floats.ts';

const allBits = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
const float32 = fc.float({ noNaN: true });

function widen(widener: (source: Uint16Array, target: Float32Array) => void): Float32Array {
  const values = new Float32Array(65536);
  widener(allBits, values);
  return values;
}

/** The pattern of the finite value nearest to x, the even one of two: by looking at all. */
function nearest(x: number, values: Float32Array): number {
  let best = -1;
  for (let bits = 0; bits < 65536; bits++) {
    if (!Number.isFinite(values[bits])) continue;
    if (Object.is(Math.sign(x), -0) || x < 0 ? bits < 32768 : bits >= 32768) continue;
    const closer = best < 0 ? -1 : Math.abs(values[bits] - x) - Math.abs(values[best] - x);
    if (closer < 0 || (closer === 0 && bits % 2 === 0)) best = bits;
  }
  return best;
}

describe('16-bit floats', () => {
  for (const [name, widener, narrower, max] of [
    ['F16', widenFloat16, narrowToFloat16, 65504],
    ['BF16', widenBfloat16, narrowToBfloat16, 3.3895313892515355e38],
  ] as const) {
    const values = widen(widener);
    test(`${name}: widening then narrowing gives every pattern back, NaN stays NaN`, () => {
      const back = narrower(values);
      for (let bits = 0; bits < 65536; bits++) {
        if (Number.isNaN(values[bits])) {
          assert.ok(Number.isNaN(values[back[bits]]), `${bits}`);
        } else assert.equal(back[bits], bits);
      }
      assert.equal(Math.max(...values.filter(Number.isFinite)), max);
    });
    test(`${name}: narrowing rounds to the nearest value, ties to even`, () => {
      fc.assert(
        fc.property(
          fc.oneof(
            float32,
            fc.float({ min: -1, max: 1, noNaN: true }),
            fc.float({ min: Math.fround(-1e-7), max: Math.fround(1e-7), noNaN: true }),
          ),
          x => {
            if (Math.abs(x) > max) return;
            assert.equal(narrower(Float32Array.of(x))[0], nearest(x, values), `${x}`);
          },
        ),
        { numRuns: 60 },
      );
    });
    test(`${name}: exact midpoints go to the even neighbour`, () => {
      for (const bits of [0, 1, 2, 1022, 1023, 1024, 0x3bff, 0x3c00, 0x7000, 0x7001]) {
        const middle = (values[bits] + values[bits + 1]) / 2;
        if (middle !== Math.fround(middle)) continue;
        assert.equal(narrower(Float32Array.of(middle))[0], bits % 2 === 0 ? bits : bits + 1);
      }
    });
  }
  test('F16 known values', () => {
    const values = widen(widenFloat16);
    assert.equal(values[0x3c00], 1);
    assert.equal(values[0xc000], -2);
    assert.equal(values[0x0001], 2 ** -24);
    assert.equal(values[0x3555], 0.333251953125);
    assert.equal(values[0x7c00], Infinity);
    assert.ok(Object.is(values[0x8000], -0));
    assert.deepEqual([...narrowToFloat16(Float32Array.of(65519, 65520, -1e9))], [0x7bff, 0x7c00, 0xfc00]);
  });
});
