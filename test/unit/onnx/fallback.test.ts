/** A provider that fails while it computes: the CPU goes on with the same result. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Tensor } from 'onnxruntime-common';
import { FallbackSession } from '../../../src/onnx/fallback-session.ts';
import * as op from '../../../src/onnx/index.ts';
import { openSession } from '../../../src/onnx/native-session.ts';
import { assertFails } from '../../support/errors.ts';

const LOST = 'Non-zero status code returned while running MatMul node. Name:"m" Status Message: WebGPU device lost.';

/** x x^T, of [rows, 2]. */
function product(): op.OnnxModel {
  const graph = new op.Graph();
  const x = graph.input('x', 'float32', ['rows', 2]);
  return op.encodeModel(graph, { y: op.linear(x, x) });
}

const feeds = { x: op.tensor(Float32Array.of(1, 2, 3, 4), [2, 2]) };
const EXPECTED = [5, 11, 11, 25];

/** A device that computes as the CPU does and fails in every run from the `failsFrom`-th on; counts what is asked of it. */
function device(failsFrom: number, message = LOST) {
  const asked = { runs: 0, disposed: 0, opened: [] as string[] };
  const open: typeof openSession = async (model, provider, settings) => {
    asked.opened.push(provider);
    const session = await openSession(model, 'cpu', settings);
    if (provider === 'cpu') return session;
    return {
      run: async (given, into) => {
        if (++asked.runs >= failsFrom) throw new Error(message);
        return session.run(given, into);
      },
      dispose: async () => {
        asked.disposed++;
        await session.dispose();
        throw new Error('nothing works on a lost device');
      },
    };
  };
  return { asked, open };
}

function watched(): { inUse: op.ProviderInUse; notices: string[] } {
  const notices: string[] = [];
  return { inUse: new op.ProviderInUse('webgpu', notice => notices.push(notice)), notices };
}

const values = (outputs: op.Tensors): number[] => [...(outputs.y.data as Float32Array)];

describe('fallback', () => {
  test('a run that fails is done again on the CPU; every session that shares the provider goes on there', async () => {
    const { asked, open } = device(3);
    const { inUse, notices } = watched();
    const [first, second] = [
      await FallbackSession.create(product(), {}, inUse, open),
      await FallbackSession.create(product(), {}, inUse, open),
    ];
    assert.deepEqual(values(await first.run(feeds)), EXPECTED);
    assert.deepEqual(values(await second.run(feeds)), EXPECTED);
    assert.deepEqual([inUse.current, inUse.notice, notices.length], ['webgpu', undefined, 0]);
    assert.deepEqual(values(await first.run(feeds)), EXPECTED);
    assert.equal(inUse.current, 'cpu');
    assert.deepEqual(values(await second.run(feeds)), EXPECTED);
    assert.deepEqual(values(await first.run(feeds)), EXPECTED);
    assert.deepEqual(asked, { runs: 3, disposed: 2, opened: ['webgpu', 'webgpu', 'cpu', 'cpu'] });
    assert.equal(notices.length, 1, 'told once');
    assert.equal(notices[0], inUse.notice);
    assert.match(
      notices[0],
      /^WebGPU failed while it was computing \(the graphics device was lost\)\. The CPU goes on/,
    );
    await first.dispose();
    await second.dispose();
  });

  test('what drivers report is told in plain words, anything else as it is, and the log gets all of it', () => {
    const told = (cause: unknown) => {
      const lines: string[] = [];
      new op.ProviderInUse('webgpu', (...both) => lines.push(...both)).giveUp(cause);
      return [/\((.*?)\)\./.exec(lines[0])?.[1], lines[1]];
    };
    const map = 'BufferManager::Download(WGPUBuffer) const map_async_result.status == Success was false. message: ';
    assert.deepEqual(told(new Error(`${map}[Device] is lost.`)), [
      'the graphics device was lost',
      `${map}[Device] is lost.`,
    ]);
    assert.equal(
      told(new Error(`${map}[Invalid Buffer] is invalid due to a previous error.`))[0],
      'it could not make or fill a buffer',
    );
    assert.equal(told(new Error('CUDA failure 2: out of memory ; GPU=0'))[0], 'its memory does not suffice');
    assert.equal(
      told(new Error('Non-zero status code. Status Message: Gemm: no such kernel.\nmore'))[0],
      'Gemm: no such kernel',
    );
    assert.equal(told('a string')[0], 'a string');
  });

  test('memory that outputs are written to holds the result of the CPU', async () => {
    const { open } = device(1);
    const session = await FallbackSession.create(product(), {}, watched().inUse, open);
    const y = new Float32Array(4);
    await session.run(feeds, { y: op.tensor(y, [2, 2]) });
    assert.deepEqual([...y], EXPECTED);
    await session.dispose();
  });

  test('what the CPU cannot do either is its own error, and the provider stays', async () => {
    const { open, asked } = device(Infinity);
    const { inUse, notices } = watched();
    const session = await FallbackSession.create(product(), {}, inUse, open);
    const wrong = { x: op.tensor(Float32Array.of(1, 2, 3), [1, 3]) };
    await assert.rejects(session.run(wrong), /invalid dimensions/);
    assert.deepEqual([inUse.current, notices.length], ['webgpu', 0]);
    assert.deepEqual(values(await session.run(feeds)), EXPECTED);
    assert.equal(asked.runs, 2, 'the device was asked again');
    await session.dispose().catch(() => undefined);
  });

  test('a session that cannot be made there is made on the CPU', async () => {
    const { open } = device(Infinity);
    const { inUse, notices } = watched();
    const session = await FallbackSession.create(product(), {}, inUse, (model, provider, settings) =>
      provider === 'cpu' ? open(model, provider, settings) : Promise.reject(new Error('Failed to get a WebGPU device: out of memory')),
    ); // prettier-ignore
    assert.deepEqual(values(await session.run(feeds)), EXPECTED);
    assert.match(notices[0], /\(its memory does not suffice\)/);
    await session.dispose();
  });

  test('feeds in the memory of a device that fails, or has failed, are lost: nothing reads them', async () => {
    const { open } = device(1);
    const { inUse } = watched();
    const [first, second] = [
      await FallbackSession.create(product(), {}, inUse, open),
      await FallbackSession.create(product(), {}, inUse, open),
    ];
    const x = { x: Tensor.fromGpuBuffer({} as never, { dataType: 'float32', dims: [2, 2] }) };
    assert.ok(op.isOnDevice(x.x) && !op.isOnDevice(feeds.x));
    await assert.rejects(first.run(x), op.DeviceTensorsLost);
    assert.equal(inUse.current, 'cpu');
    await assert.rejects(second.run(x), op.DeviceTensorsLost);
    await assert.rejects(first.run(x), op.DeviceTensorsLost);
    assert.deepEqual(values(await first.run(feeds)), EXPECTED);
    await first.dispose();
    await second.dispose();
  });

  test('after it was disposed of, nothing is computed anywhere', async () => {
    const { open, asked } = device(1);
    const session = await FallbackSession.create(product(), {}, watched().inUse, open);
    await session.dispose().catch(() => undefined);
    await assert.rejects(session.run(feeds), /disposed/);
    assert.deepEqual(asked.opened, ['webgpu']);
  });

  test('through createSession, with a provider that is not in this build', { skip: process.platform === 'win32' }, async () => {
    const notices: string[] = [];
    const inUse = new op.ProviderInUse('dml', notice => notices.push(notice));
    const session = await op.createSession(product(), { inUse });
    assert.deepEqual(values(await session.run(feeds)), EXPECTED);
    assert.match(notices.join(), /^DirectML failed .*not part of ONNX Runtime/);
    await session.dispose();
    await assertFails(() => op.createSession(product(), { provider: 'dml' }), 'provider', 'DirectML');
  }); // prettier-ignore
});

test('only WebGPU keeps tensors in its memory', () => {
  const keep = (['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const).filter(provider => op.keepsTensors(provider));
  assert.deepEqual(keep, ['webgpu']);
});

test('outputs that would stay on a device lie in main memory on the CPU, besides those that are written', async () => {
  const graph = new op.Graph();
  const x = graph.input('x', 'float32', ['rows', 2]);
  const model = op.encodeModel(graph, { y: op.linear(x, x), twice: op.add(x, x) });
  const session = await op.createSession(model, { onDevice: ['y'] });
  const twice = new Float32Array(4);
  const outputs = await session.run(feeds, { twice: op.tensor(twice, [2, 2]) });
  assert.deepEqual([values(outputs), [...twice]], [EXPECTED, [2, 4, 6, 8]]);
  await session.dispose();
});
