import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { prefixKeys, priority } from '../../../src/features/content-hash.ts';
import { generator } from './synthetic.ts';

describe('hashes of token sequences', () => {
  test('name the prefix, whatever follows', () => {
    const a = prefixKeys(Int32Array.of(0, 5, 11, 3));
    const b = prefixKeys(Int32Array.of(0, 5, 11, 4, 9));
    assert.deepEqual(a.slice(0, 3), b.slice(0, 3));
    assert.notEqual(a[3], b[3]);
    assert.ok(a.every(Number.isSafeInteger));
  });

  test('differ for 300 000 short prefixes and depend on the order', () => {
    const keys = new Set<number>();
    for (let first = 0; first < 300; first++) {
      for (let second = 0; second < 1000; second++) keys.add(prefixKeys(Int32Array.of(0, first, second))[2]);
    }
    assert.equal(keys.size, 300_000);
  });

  test('priorities are even and independent of each other for different salts', () => {
    const random = generator(1);
    const keys = Array.from({ length: 20_000 }, () => Math.floor(random() * 2 ** 53));
    for (const salt of [0, 1, 77]) {
      const tenths = new Array<number>(10).fill(0);
      for (const key of keys) tenths[Math.floor((priority(key, salt) / 2 ** 53) * 10)]++;
      assert.ok(
        tenths.every(count => Math.abs(count - 2000) < 200),
        String(tenths),
      );
    }
    const both = keys.filter(key => priority(key, 0) < 2 ** 52 && priority(key, 1) < 2 ** 52).length;
    assert.ok(Math.abs(both - 5000) < 300, String(both));
  });
});
