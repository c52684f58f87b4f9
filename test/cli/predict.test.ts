import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSafetensors, readFloat32, tensorIn } from '../../src/checkpoint/index.ts';
import { circuit, circuitJson, writeWordTokenizer } from '../support/cli.ts';
import { assertWithin } from '../support/numbers.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Prediction {
  prompt: string;
  tokens: { id: number; text: string }[];
  top: { id: number; text: string; probability: number }[];
}
interface PredictJson extends Prediction {
  predictions: Prediction[];
  logits: string | null;
  provider: string;
  seconds: Record<string, number>;
}

const TOKENS = [0, 5, 11, 3, 29, 5, 17];

async function logitsOf(path: string): Promise<{ shape: readonly number[]; values: Float32Array }> {
  const ref = tensorIn(await openSafetensors(path), 'logits');
  return { shape: ref.entry.shape, values: await readFloat32(ref) };
}

describe('circuit predict', () => {
  for (const name of ['llama3rope-plt-relu', 'llama3untied-plt-topk']) {
    test(`${name}: logits of every beginning of the prompt are those of transformers`, async t => {
      const path = await referenceCase(name);
      const folder = await temporaryFolder(t);
      const file = join(folder, 'prompts.txt');
      // Longest first and one twice: rows must come back in the order of the lines.
      const lengths = [7, 1, 4, 2, 6, 3, 5, 4];
      await writeFile(file, lengths.map(length => `${TOKENS.slice(0, length).join()}\r\n`).join(''));
      const out = join(folder, 'logits.safetensors');
      const args = ['predict', '--model', join(path, 'model'), '--file', file, '--logits', out, '--top', '3'];
      const { predictions, logits } = await circuitJson<PredictJson>(args);
      assert.equal(logits, out);
      const reference = tensorIn(await openSafetensors(join(path, 'reference/tensors.safetensors')), 'hf_logits');
      const all = await readFloat32(reference);
      const [, vocabulary] = reference.entry.shape;
      const { shape, values } = await logitsOf(out);
      assert.deepEqual(shape, [lengths.length, vocabulary]);
      lengths.forEach((length, i) => {
        const expected = all.subarray((length - 1) * vocabulary, length * vocabulary);
        assertWithin(values.subarray(i * vocabulary, (i + 1) * vocabulary), expected, 1e-5, `prompt ${i}`);
        const order = Array.from(expected.keys()).sort((a, b) => expected[b] - expected[a]);
        assert.deepEqual(
          predictions[i].top.map(({ id }) => id),
          order.slice(0, 3),
        );
        const total = expected.reduce((sum, logit) => sum + Math.exp(logit), 0);
        assert.ok(Math.abs(predictions[i].top[0].probability - Math.exp(expected[order[0]]) / total) < 1e-5);
        assert.deepEqual(
          predictions[i].tokens.map(({ id }) => id),
          TOKENS.slice(0, length),
        );
      });
    });
  }

  test('a single prompt of text: tokens and top at the top level; words for a person', async t => {
    const folder = await temporaryFolder(t, await referenceCase('llama3untied-plt-topk'));
    await writeWordTokenizer(join(folder, 'model'), 32);
    const args = ['predict', '--model', 'model', '--prompt', 't5 t11'];
    const json = await circuitJson<PredictJson>(args, { cwd: folder });
    assert.deepEqual(
      json.tokens.map(({ id, text }) => [id, text]),
      [
        [0, '<bos>'],
        [5, ' t5'],
        [11, ' t11'],
      ],
    );
    assert.deepEqual(json.top, json.predictions[0].top);
    assert.equal(json.top.length, 10);
    assert.equal(json.logits, null);
    assert.match(json.top[0].text, /^( t\d+|<bos>)$/);
    const { stdout, stderr } = await circuit([...args, '--top', '2'], { cwd: folder });
    assert.equal(stderr, '');
    assert.match(stdout, /^Next token after "t5 t11"\n {2}"[^"]+" +\d+\.\d % +.*\n {2}"[^"]+" +\d+\.\d %/);
    const ids = await circuitJson<PredictJson>(['predict', '--model', 'model', '--tokens', '0,5,11'], { cwd: folder });
    assert.deepEqual(ids.top, json.top);
  });
});
