import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cantorNumber, cantorPair, featureIndex } from '../../../src/graph/feature-number.ts';

describe('feature numbers', () => {
  test("Cantor's pairing counts the diagonals", () => {
    const pairs = [0, 1, 2, 3, 4, 5].map(value => cantorPair(value));
    assert.deepEqual(
      pairs.map(pair => [pair?.layer, pair?.index]),
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [2, 0],
        [1, 1],
        [0, 2],
      ],
    );
    assert.equal(cantorNumber(0, 14), 119);
  });

  test('goes back and forth for the largest dictionaries', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(2 ** 26), (layer, index) => {
        assert.deepEqual(cantorPair(cantorNumber(layer, index)), { layer, index });
      }),
    );
    for (const value of [-1, 0.5, NaN, 2 ** 60]) assert.equal(cantorPair(value), undefined);
  });

  test('are read as what gives back the layer', () => {
    // Schema 1: Cantor; the id agrees or says nothing.
    assert.equal(featureIndex(52, 2, '2_7_1', 1), 7);
    assert.equal(featureIndex(52, 2, 'anything', 1), 7);
    // Schema 0: layer and five digits, even where the id repeats the number; small ones of layer 0.
    assert.equal(featureIndex(1_800_123, 18, '18_1800123_2', 0), 123);
    assert.equal(featureIndex(45, 0, '0_45_1', 0), 45);
    // No schema claimed, but Cantor by the id.
    assert.equal(featureIndex(119, 0, '0_14_3', 0), 14);
    assert.equal(featureIndex(52, 2, 'anything', 0), 7);
    // Plain indices, whatever the schema.
    assert.equal(featureIndex(4, 1, '1_4_1', 1), 4);
    assert.equal(featureIndex(57, 4, '4_57_3', 0), 57);
    assert.equal(featureIndex(1234, 7, 'anything', 1), 1234);
    // No number.
    assert.equal(featureIndex(-1, 3, '3_8_2', 1), 8);
    assert.equal(featureIndex(NaN, 3, 'anything', 1), undefined);
  });
});
