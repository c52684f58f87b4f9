import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as op from '../../../src/onnx/index.ts';
import { assertFails } from '../../support/errors.ts';

function product(): { graph: op.Graph; y: op.Value } {
  const graph = new op.Graph();
  const x = graph.input('x', 'float32', ['rows', 2]);
  return { graph, y: op.linear(x, x) };
}

const feeds = { x: op.tensor(Float32Array.of(1, 2, 3, 4), [2, 2]) };

describe('session', () => {
  test('runs with several sizes and on a chosen number of threads', async () => {
    const { graph, y } = product();
    const session = await op.createSession(op.encodeModel(graph, { y }), { threads: 2 });
    assert.deepEqual([...((await session.run(feeds)).y.data as Float32Array)], [5, 11, 11, 25]);
    const one = await session.run({ x: op.tensor(Float32Array.of(1, 1), [1, 2]) });
    assert.deepEqual([one.y.dims, [...(one.y.data as Float32Array)]], [[1, 1], [2]]);
    await session.dispose();
  });

  test('writes outputs to memory that is given, a part of an array too', async () => {
    const { graph, y } = product();
    const session = await op.createSession(op.encodeModel(graph, { y, twice: op.add(y, y) }));
    const memory = new Float32Array(6);
    const results = await session.run(feeds, { y: op.tensor(memory.subarray(1, 5), [2, 2]) });
    assert.deepEqual([...memory], [0, 5, 11, 11, 25, 0]);
    assert.deepEqual(Object.keys(results), ['y']);
    await assert.rejects(session.run(feeds, { y: op.tensor(memory.subarray(0, 2), [1, 2]) }), /pre-allocated/);
    await session.dispose();
  });

  test('is disposed of once, and then says so', async () => {
    const { graph, y } = product();
    const session = await op.createSession(op.encodeModel(graph, { y }));
    await session.dispose();
    await session.dispose();
    await assert.rejects(session.run(feeds), /disposed/);
  });

  test('a run that is under way when it is disposed of ends in a result or an error', async () => {
    const { graph, y } = product();
    const session = await op.createSession(op.encodeModel(graph, { y }));
    const [run] = await Promise.allSettled([session.run(feeds), session.dispose()]);
    if (run.status === 'rejected') assert.match(String(run.reason), /disposed/);
  });

  test('feeds that are missing or do not fit are errors, not crashes', async () => {
    const { graph, y } = product();
    const session = await op.createSession(op.encodeModel(graph, { y }));
    await assert.rejects(session.run({}), /'x' is missing/);
    await assert.rejects(session.run({ x: op.tensor(Float32Array.of(1, 2, 3), [1, 3]) }), /invalid dimensions/);
    await assert.rejects(session.run({ x: op.tensor(BigInt64Array.of(1n, 2n), [1, 2]) }), /data type/);
    await session.dispose();
  });

  test('a lack of memory is an error that a person can act on', async () => {
    const graph = new op.Graph();
    const x = graph.input('x', 'float32', ['n']);
    const session = await op.createSession(op.encodeModel(graph, { y: op.mul(op.unsqueeze(x, [1]), x) }));
    // [n, 1] x [n] of 32 TB.
    const n = 3_000_000;
    await assertFails(() => session.run({ x: op.tensor(new Float32Array(n), [n]) }), 'memory', 'GB at once');
    await session.dispose();
  });

  test('bytes that are no model are a bug, and shown as one', async () => {
    const model = { ...op.encodeModel(product().graph, {}), bytes: Uint8Array.of(1, 2, 3) };
    await assert.rejects(op.createSession(model), /protobuf parsing failed/);
  });

  test('a provider that does not run says why', async () => {
    if (process.platform !== 'linux') return;
    const { graph, y } = product();
    const create = () => op.createSession(op.encodeModel(graph, { y }), { provider: 'dml' });
    await assertFails(create, 'provider', 'DirectML is not part of ONNX Runtime for linux');
  });
});
