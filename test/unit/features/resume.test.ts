import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { buildFeatureIndex, type IndexRequest, type Resumable } from '../../../src/features/index.ts';
import { asCorpus, BOS, plantedSource, sentences, tokenOf, tokenText, vocabularySize } from './synthetic.ts';

const folder = await mkdtemp(join(tmpdir(), 'circuit-features-'));
after(() => rm(folder, { recursive: true }));

const corpus = sentences(900, 4);
const source = plantedSource([
  [(w, i) => Number(w[i] === 'Dallas'), (w, i) => Number(w[i - 1] === 'the'), () => 0],
  [(_, i) => i / 20, (w, i) => Number(/\d/.test(w[i])), (w, i) => w[i].length / 10],
]);

function request(name: string, resume?: Resumable, sequences = corpus): IndexRequest {
  return {
    source,
    corpus: asCorpus(sequences),
    corpusSize: sequences.length,
    tokenText,
    promotedTokens: () => ({ top: [{ token: tokenOf('Waco'), logit: 2 }], bottom: [{ token: 1, logit: -1 }] }),
    alone: { bos: BOS, vocabularySize },
    transcoderId: layer => `planted-${layer}`,
    folder: join(folder, name),
    ...(resume && { resume }),
    settings: { sampledTexts: 20, labelTexts: 24, pooledTexts: 300, batchSequences: 16 },
  };
}

function bytesOf(name: string): Record<string, string> {
  const at = join(folder, name);
  return Object.fromEntries(readdirSync(at).map(file => [file, readFileSync(join(at, file)).toString('base64')]));
}

/** A task that is cancelled when so many batches are done. */
function cancelledAfter(batches: number) {
  const controller = new AbortController();
  let done = 0;
  const progress = (): void => {
    if (++done === batches) controller.abort();
  };
  return { signal: controller.signal, progress };
}

describe('a pass that is interrupted', () => {
  const resume = { path: join(folder, 'pass.state'), identity: 'planted', everyBatches: 5 };

  test('goes on to the same bytes, wherever it was cancelled', async () => {
    await buildFeatureIndex(request('whole'));
    for (const batches of [3, 5, 37]) {
      await assert.rejects(buildFeatureIndex(request('resumed', resume), cancelledAfter(batches)), {
        code: 'cancelled',
      });
      assert.ok(existsSync(resume.path));
      assert.ok(!existsSync(join(folder, 'resumed')));
      const stages: [string, number][] = [];
      const progress = (stage: string, done: number): void => void stages.push([stage, done]);
      await buildFeatureIndex(request('resumed', resume), { progress });
      assert.deepEqual(stages[0], ['corpus', (batches + 1) * 16]);
      assert.deepEqual(bytesOf('resumed'), bytesOf('whole'));
      assert.ok(!existsSync(resume.path), 'the saved pass is gone when the index stands');
      await rm(join(folder, 'resumed'), { recursive: true });
    }
  });

  test('goes on from the last save after a crash', async () => {
    const crashing = { ...request('resumed', resume), corpus: crashAfter(12 * 16 + 3) };
    await assert.rejects(buildFeatureIndex(crashing), /power cut/);
    let first: number | undefined;
    await buildFeatureIndex(request('resumed', resume), { progress: (_, done) => void (first ??= done) });
    assert.equal(first, 11 * 16);
    assert.deepEqual(bytesOf('resumed'), bytesOf('whole'));
  });

  test('is not continued with another corpus, settings or dictionary', async () => {
    const save = () =>
      assert.rejects(buildFeatureIndex(request('x', resume), cancelledAfter(4)), { code: 'cancelled' });
    const refused = { code: 'model-mismatch', message: /pass\.state/ };
    await save();
    await assert.rejects(buildFeatureIndex(request('x', { ...resume, identity: 'other' })), refused);
    await assert.rejects(buildFeatureIndex(request('x', resume, sentences(900, 5))), refused);
    await assert.rejects(buildFeatureIndex(request('x', resume, corpus.slice(0, 10))), refused);
    const otherSettings = { ...request('x', resume), settings: { sampledTexts: 21 } };
    await assert.rejects(buildFeatureIndex(otherSettings), refused);
    assert.ok(!existsSync(join(folder, 'x')));
  });

  test('a damaged saved pass is refused', async () => {
    truncateSync(resume.path, 5000);
    await assert.rejects(buildFeatureIndex(request('x', resume)), { code: 'file-damaged', message: /pass\.state/ });
    writeFileSync(resume.path, 'something else');
    await assert.rejects(buildFeatureIndex(request('x', resume)), { code: 'file-damaged' });
  });
});

test('cancelling while the files are written leaves the older index and nothing beside it', async () => {
  const before = bytesOf('whole');
  const controller = new AbortController();
  const progress = (stage: string, done: number): void => {
    if (stage === 'features' && done === 4) controller.abort();
  };
  await assert.rejects(buildFeatureIndex(request('whole'), { signal: controller.signal, progress }), {
    code: 'cancelled',
  });
  assert.deepEqual(bytesOf('whole'), before);
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('.')),
    [],
  );
});

async function* crashAfter(count: number): AsyncGenerator<Int32Array> {
  yield* asCorpus(corpus.slice(0, count));
  throw new Error('power cut');
}
