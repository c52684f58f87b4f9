import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { TraceMemory } from '../../../src/attribution/trace-memory.ts';

const FOREVER = 2 ** 30;

describe('memory of traces', () => {
  test('what one has given back, the next takes; what does not fit is made, and as much is forgotten', () => {
    const memory = new TraceMemory(2 ** 20, FOREVER);
    const first = memory.lend();
    const [large, small] = [first.take(100), first.take(10)];
    assert.deepEqual([large.length, small.length], [100, 10]);
    first.giveBack();
    const second = memory.lend();
    assert.equal(second.take(8), small);
    // Less than half of it would be used.
    assert.notEqual(second.take(40), large);
    assert.equal(second.take(50).length, 50);
    second.giveBack();
    const third = memory.lend();
    assert.equal(third.take(9), small);
    third.giveBack();
  });

  test('traces that run at once share nothing', () => {
    const memory = new TraceMemory(2 ** 20, FOREVER);
    const [one, other] = [memory.lend(), memory.lend()];
    const [ofOne, ofOther] = [one.take(16), other.take(16)];
    assert.notEqual(ofOne, ofOther);
    one.giveBack();
    assert.equal(other.take(16), ofOne);
    other.giveBack();
    const next = memory.lend();
    const taken = [next.take(16), next.take(16), next.take(16)];
    assert.equal(new Set(taken).size, 3);
    assert.ok(taken.includes(ofOne) && taken.includes(ofOther));
    next.giveBack();
  });

  test('no more is kept than allowed, the last trace first', () => {
    const memory = new TraceMemory(4 * 30, FOREVER);
    const first = memory.lend();
    const old = first.take(20);
    first.giveBack();
    const second = memory.lend();
    const kept = [second.take(8), second.take(9)];
    second.giveBack();
    const third = memory.lend();
    assert.deepEqual(
      [third.take(8), third.take(9)].map(array => kept.includes(array)),
      [true, true],
    );
    assert.notEqual(third.take(20), old);
    third.giveBack();
  });

  test('it is forgotten when none has ended for a while', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const memory = new TraceMemory(2 ** 20, 1000);
      const first = memory.lend();
      const array = first.take(5);
      first.giveBack();
      mock.timers.tick(999);
      const second = memory.lend();
      // Time stands still while one runs.
      mock.timers.tick(1000);
      assert.equal(second.take(5), array);
      second.giveBack();
      mock.timers.tick(1000);
      const third = memory.lend();
      assert.notEqual(third.take(5), array);
      third.giveBack();
    } finally {
      mock.timers.reset();
    }
  });
});
