import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { JsonObjectStream } from '../../../src/graph/json-object-stream.ts';

/** Reads `text` in chunks of `size` bytes; `list` is streamed, `value` read whole, everything else skipped. */
function read(text: string, size = Infinity): { lists: unknown[][]; values: unknown[]; notFinite: number } {
  const lists: unknown[][] = [];
  const values: unknown[] = [];
  let notFinite = 0;
  const stream = new JsonObjectStream('test.json', {
    fields: new Map([
      ['list', 'elements'],
      ['value', 'value'],
    ]),
    onElements: (_, elements) => lists.push(elements),
    onValue: (_, value) => values.push(value),
    onNotFinite: (_, count) => (notFinite += count),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
  stream.end();
  return { lists, values, notFinite };
}

describe('JSON object stream', () => {
  test('gives what JSON.parse gives, in chunks of any size', () => {
    const object = fc.record({
      list: fc.array(fc.jsonValue({ maxDepth: 4 })),
      value: fc.jsonValue({ maxDepth: 4 }),
      skipped: fc.jsonValue({ maxDepth: 4 }),
    });
    fc.assert(
      fc.property(object, fc.integer({ min: 1, max: 20 }), fc.constantFrom(0, 2), (value, size, indent) => {
        const found = read(JSON.stringify(value, null, indent), size);
        const expected = JSON.parse(JSON.stringify(value)) as typeof value;
        assert.deepEqual(found.lists.flat(), expected.list);
        assert.deepEqual(found.values, [expected.value]);
      }),
    );
  });

  test('accepts and refuses what JSON.parse does, when a text is damaged', () => {
    const text = JSON.stringify({ value: { a: [1, 'x"y\\', null] }, list: [{ b: 'é' }, [2], 'c', 3] });
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('{', '}', '[', ']', ',', ':', '"', ' ', '\\', '1'),
        fc.integer({ min: 1, max: 9 }),
        (at, character, size) => {
          const damaged = text.slice(0, at) + character + text.slice(at + 1);
          let expected: unknown;
          try {
            expected = JSON.parse(damaged);
          } catch {
            assert.throws(() => read(damaged, size), { code: 'file-damaged' });
            return;
          }
          const { list, value } = expected as { list?: unknown; value?: unknown };
          const found = read(damaged, size);
          if (Array.isArray(list)) assert.deepEqual(found.lists.flat(), list);
          if (value !== undefined) assert.deepEqual(found.values.at(-1), value);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('cuts long lists into batches', () => {
    const list = Array.from({ length: 20_000 }, (_, i) => ({ index: i, text: 'a, ] } "' }));
    const { lists } = read(JSON.stringify({ list }), 1000);
    assert.ok(lists.length > 5);
    assert.deepEqual(lists.flat(), list);
  });

  test("reads Python's NaN and infinities as null, but not inside strings", () => {
    const { lists, values, notFinite } = read(
      '{"list": [NaN, -Infinity, {"a": Infinity, "NaN": "NaN\\" NaN"}], "value": NaN}',
    );
    assert.deepEqual(lists.flat(), [null, null, { a: null, NaN: 'NaN" NaN' }]);
    assert.deepEqual([values, notFinite], [[null], 4]);
  });
});
