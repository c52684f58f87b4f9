import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as op from '../../../src/onnx/index.ts';
import { loadOnnxRuntime } from '../../../src/onnx/runtime.ts';
import { uncopiedOutputs } from '../../../src/onnx/uncopied-outputs.ts';

/** 4 MB, which come from pages of their own. */
const LENGTH = 2 ** 20;

function doubling(): op.OnnxModel {
  const graph = new op.Graph();
  const x = graph.input('x', 'float32', ['n']);
  return op.encodeModel(graph, { twice: op.add(x, x), square: op.mul(x, x) });
}

/** Growth of the memory of arrays that JavaScript knows of, over some runs. */
async function growth(run: () => Promise<unknown>): Promise<number> {
  const kept: unknown[] = [await run()];
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 4; i++) kept.push(await run());
  return process.memoryUsage().arrayBuffers - before;
}

describe('outputs that are written to given memory', () => {
  const x = op.tensor(new Float32Array(LENGTH).fill(3), [LENGTH]);
  const into = {
    twice: op.tensor(new Float32Array(LENGTH), [LENGTH]),
    square: op.tensor(new Float32Array(LENGTH), [LENGTH]),
  };

  test('are not copied', async () => {
    const session = await op.createSession(doubling());
    const outputs = await session.run({ x }, into);
    assert.equal(outputs.twice.data, into.twice.data);
    assert.deepEqual([into.twice.data[LENGTH - 1], into.square.data[LENGTH - 1]], [6, 9]);
    assert.ok((await growth(() => session.run({ x }, into))) < LENGTH);
    // With an output of its own, which is an array for each run.
    const all = await growth(() => session.run({ x }));
    assert.ok(all >= 0.9 * 4 * 2 * 4 * LENGTH, `${all} bytes`);
    await session.dispose();
  });

  test('can be some of all, or none', async () => {
    const session = await op.createSession(doubling());
    assert.deepEqual(Object.keys(await session.run({ x }, { square: into.square })), ['square']);
    assert.deepEqual(Object.keys(await session.run({ x })), ['twice', 'square']);
    await session.dispose();
  });

  test('a run that fails says so', async () => {
    const session = await op.createSession(doubling());
    const short = { ...into, twice: op.tensor(new Float32Array(2), [2]) };
    await assert.rejects(session.run({ x }, short), /pre-allocated/);
    await assert.rejects(session.run({}, into), /'x' is missing/);
    await session.dispose();
  });

  test('the runtime that is installed takes the way around the copy', async () => {
    assert.notEqual(await uncopiedOutputs(await loadOnnxRuntime()), undefined);
  });
});
