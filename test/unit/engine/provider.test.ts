/** Which provider a model gets in the engine, what is said about it, and that one which fails changes no number. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listSupportedBackends } from 'onnxruntime-node';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { toDense } from '../../../src/attribution/sparse-matrix.ts';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { ChosenProvider, providerFor } from '../../../src/engine/provider.ts';
import { ProviderInUse } from '../../../src/onnx/index.ts';
import { referenceCase } from '../../support/reference.ts';
import { referenceModel, referenceTensors } from '../../support/replacement.ts';

const WITH_WEBGPU = { skip: !listSupportedBackends().some(({ name }) => name === 'webgpu') };
const LARGE = { totalBytes: 2 ** 30 };
const never = { startProbe: () => assert.fail('no process was to be started') };
/** A probe in which WebGPU is fast and nothing else runs. */
const webgpuRuns = {
  startProbe: (provider: string) => ({
    command: process.execPath,
    args: [
      '-e',
      `console.log('circuit-probe:' + JSON.stringify(${
        provider === 'webgpu' ? '{ works: true, gigaflops: 1e6 }' : `{ works: false, message: 'no such card' }`
      }))`,
    ],
  }),
};

describe('the provider of a model', () => {
  test('the CPU by name says nothing; a small model gets it and says why; neither starts a process', async () => {
    const asked = await providerFor({ provider: 'cpu' }, LARGE, never);
    assert.deepEqual([asked.provider, asked.notes, asked.notice], ['cpu', [], undefined]);
    const small = await providerFor({}, { totalBytes: 1e6 }, never);
    assert.equal(small.provider, 'cpu');
    assert.match(small.notes.join(), /^auto takes the CPU: the model is small \(under 256 MB\)/);
  });

  test('the fastest, with the reason of the choice and of each that was not chosen', WITH_WEBGPU, async () => {
    const { provider, notes } = await providerFor({ threads: 2 }, LARGE, webgpuRuns);
    assert.equal(provider, 'webgpu');
    assert.match(notes[0], /^auto takes WebGPU, the fastest here: /);
    assert.equal(notes.length, 5);
    for (const label of ['CUDA', 'DirectML', 'Core ML', 'The CPU']) {
      assert.ok(
        notes.slice(1).some(note => note.startsWith(label)),
        `${label} is not in ${notes.join(' | ')}`,
      );
    }
  });

  test('one that fails when it is used: the same graph, a notice, and from then on the CPU', async () => {
    const name = 'llama3-plt-relu-skip';
    const notices: string[] = [];
    // A provider that this platform lacks, taken for one that runs: the first session fails.
    const missing = process.platform === 'win32' ? 'cuda' : 'dml';
    const inUse = new ProviderInUse(missing, notice => notices.push(notice));
    const chosen = new ChosenProvider({ threads: 1 }, inUse, ['auto takes it.']);
    assert.deepEqual([chosen.provider, chosen.notes], [missing, ['auto takes it.']]);
    const folder = await referenceCase(name);
    const model = await loadReplacementModel(
      await openCheckpoint(`${folder}/model`),
      await openDictionary(`${folder}/transcoders`),
      chosen.settings,
    );
    const { tokens } = await referenceTensors(name);
    const { matrix } = await attribute(model, tokens);
    await model.dispose();
    const cpu = await referenceModel(name);
    assert.deepEqual(toDense(matrix), toDense((await attribute(cpu, tokens)).matrix));
    await cpu.dispose();
    assert.deepEqual([chosen.provider, notices.length], ['cpu', 1]);
    assert.deepEqual(chosen.notes, [notices[0], 'auto takes it.']);
    assert.match(notices[0], /failed while it was computing .*The CPU goes on/);
  });
});
