import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { EffectMemory } from '../../../src/attribution/effect-memory.ts';
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

  test('what is given back before the end is taken again, by whoever is first', () => {
    const memory = new TraceMemory(2 ** 20, FOREVER);
    const [one, other] = [memory.lend(), memory.lend()];
    const array = one.take(16);
    other.give(array);
    assert.notEqual(other.take(16), array);
    one.give(array);
    assert.equal(other.take(16), array);
    one.giveBack();
    assert.notEqual(one.take(16), array);
    other.giveBack();
  });

  test('a wave gives back what is not kept', () => {
    const memory = new TraceMemory(2 ** 30, FOREVER).lend();
    const effects = new EffectMemory(memory);
    const size = 2 ** 20;
    const [kept, whole] = [effects.take(size), effects.take(size / 2)];
    effects.keep();
    effects.release();
    const [rest, later] = [effects.take(8), effects.take(size)];
    effects.release();
    effects.end();
    assert.equal(rest.buffer, whole.buffer);
    assert.equal(memory.take(size).buffer, later.buffer);
    assert.ok(![kept.buffer, whole.buffer].includes(memory.take(size).buffer));
    memory.giveBack();
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
