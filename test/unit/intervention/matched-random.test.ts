import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ablate, matchedRandomEdits, patch, steer, type ActiveAt, type Edit } from '../../../src/intervention/index.ts';

/** Feature -> activation at every place of a layer. */
const active = (layers: Record<number, number>[]): ActiveAt => {
  return layer => ({ features: Object.keys(layers[layer]).map(Number), values: Object.values(layers[layer]) });
};
const here = active([{ 1: 2, 2: 2.1, 3: 1.9, 4: 50, 5: 0.01, 6: 2.2, 7: -2 }]);
const at = (feature: number) => ({ layer: 0, position: 3, feature });

describe('matched random edits', () => {
  test('draw only among the nearest in activation', () => {
    const drawn = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const { edits } = matchedRandomEdits([ablate(at(1))], here, { seed, nearest: 4 });
      assert.deepEqual(edits, [ablate(at(edits[0].feature))]);
      drawn.add(edits[0].feature);
    }
    // |ln| of 7 is 0, of 2 ln 1.05, of 3 ln 1.0526, of 6 ln 1.1.
    assert.deepEqual([...drawn].sort(), [2, 3, 6, 7]);
  });
  test('keep multiples, and absolute values as the multiple that they are', () => {
    const { edits } = matchedRandomEdits([steer(at(1), -3), patch(at(2), 4.2)], here, { seed: 5, nearest: 1 });
    // 7 has the magnitude of 1; the nearest to 2.1 that is left is 6.
    assert.deepEqual(edits[0], steer(at(7), -3));
    assert.equal(edits[1].feature, 6);
    const { value } = edits[1];
    assert.ok('absolute' in value && Math.abs(value.absolute - 4.4) < 1e-12);
  });
  test('a feature that is switched on is matched with one of the donor that is not active', () => {
    const donor = active([{ 2: 3, 8: 3.1, 9: 1, 10: 3 }]);
    const { edits, unmatched } = matchedRandomEdits([patch(at(10), 3)], here, { seed: 1, nearest: 1, donor });
    assert.deepEqual(edits, [patch(at(8), 3)]);
    assert.deepEqual(unmatched, []);
    const alone = matchedRandomEdits([patch(at(10), 3), steer(at(11), 2)], here, { seed: 1 });
    assert.deepEqual(alone, { edits: [], unmatched: [patch(at(10), 3), steer(at(11), 2)] });
  });
  test('are as many, at the same places, on other features, each once, and repeat', () => {
    const place = fc.record({
      layer: fc.nat(1),
      position: fc.nat(2),
      feature: fc.nat(9),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(place, {
          maxLength: 6,
          selector: ({ layer, position, feature }) => `${layer},${position},${feature}`,
        }),
        fc.integer(),
        (places, seed) => {
          const features = Array.from({ length: 40 }, (_, i) => i);
          const all: ActiveAt = layer => ({ features, values: features.map(i => 1 + ((i * 7 + layer) % 11)) });
          const edits: Edit[] = places.map(ablate);
          const matched = matchedRandomEdits(edits, all, { seed });
          assert.deepEqual(matched.unmatched, []);
          assert.deepEqual(
            matched.edits.map(({ layer, position }) => [layer, position]),
            edits.map(({ layer, position }) => [layer, position]),
          );
          const key = ({ layer, position, feature }: Edit) => JSON.stringify([layer, position, feature]);
          assert.equal(new Set(matched.edits.map(key)).size, edits.length);
          const named = new Set(edits.map(({ layer, feature }) => `${layer},${feature}`));
          assert.ok(matched.edits.every(({ layer, feature }) => !named.has(`${layer},${feature}`)));
          assert.deepEqual(matchedRandomEdits(edits, all, { seed }), matched);
        },
      ),
      { numRuns: 200 },
    );
  });
});
