import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { duplicateKey } from '../../../src/checkpoint/duplicate-key.ts';

test('no key of a serialised object is a duplicate', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      assert.equal(duplicateKey(JSON.stringify(value)), undefined);
    }),
  );
});

test('a key that is repeated is found, however it is escaped and wherever it stands', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (key, first, second) => {
      const name = JSON.stringify(key);
      const text = `{"outer": [{${name}: ${JSON.stringify(first)}, ${name}: ${JSON.stringify(second)}}]}`;
      // A value may itself hold a duplicate-free object with the same key: only the outer pair counts.
      assert.equal(duplicateKey(text), key);
    }),
  );
  assert.equal(duplicateKey('{"a":1,"\\u0061":2}'), 'a');
});

test('the same key in different objects is no duplicate', () => {
  assert.equal(duplicateKey('{"a":{"a":1},"b":{"a":[{"a":1},{"a":2}]}}'), undefined);
  assert.equal(duplicateKey('{"x":"a","a":"x","y":"{\\"a\\":1,\\"a\\":2}"}'), undefined);
});
