import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { assertRefuses, circuit, circuitJson, filesBelow, writeWordTokenizer } from '../support/cli.ts';

/** Sentences in which each word follows from the one before: t2 t3 t4 ..., wrapping around. */
const CORPUS = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 6 }, (_unused, k) => `t${1 + ((i + k) % 30)}`).join(' '),
);
const MODEL = [
  '--layers',
  '2',
  '--d-model',
  '16',
  '--heads',
  '2',
  '--batch',
  '8',
  '--steps',
  '600',
  '--save-every',
  '50',
];

/** A line of metrics; the last one, of the result, has the agreement too. */
interface DictionaryLine {
  fvu: number[];
  l0: number[];
  dead: number[];
  top_1?: number;
  kl?: number;
}

describe('circuit train and features build', () => {
  let work: string;
  const train = (out: string) => [
    ...['train', 'language-model', '--corpus', 'corpus.txt', '--tokenizer', 'tokenizer', '--out', out],
    ...['--log-every', '150', ...MODEL],
  ];
  before(async () => {
    work = await mkdtemp(join(tmpdir(), 'circuit-test-'));
    await writeFile(join(work, 'corpus.txt'), CORPUS.join('\n'));
    await writeWordTokenizer(join(work, 'tokenizer'), 31);
  });

  after(() => rm(work, { recursive: true }));

  test('language-model: metrics as lines of JSON, an ordinary checkpoint that learned', async () => {
    const { code, stdout, stderr } = await circuit([...train('whole'), '--json'], { cwd: work });
    assert.equal(code, 0, stderr);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, number | string>);
    assert.deepEqual(
      lines.slice(0, -1).map(({ step }) => step),
      [150, 300, 450, 600],
    );
    assert.ok((lines[3]['loss'] as number) < (lines[0]['loss'] as number));
    const checkpoint = await openCheckpoint(join(work, 'whole'));
    assert.equal(lines[4]['sha256'], await checkpoint.identity());
    assert.equal(checkpoint.config.vocabularySize, 31);
    const { top } = await circuitJson<{ top: unknown[] }>(['predict', '--model', 'whole', '--prompt', 't1 t2'], {
      cwd: work,
    });
    assert.equal(top.length, 10);
  });

  test('language-model: cancelled and gone on with, the result is the same to the byte', async () => {
    let sent = false;
    const cancelled = await circuit(train('parts'), {
      cwd: work,
      onOutput: (child, text) => {
        if (!sent && text.includes('step 150 of 600')) sent = child.kill('SIGINT');
      },
    });
    assert.equal(cancelled.code, 130, cancelled.stderr);
    assert.deepEqual(await filesBelow(join(work, 'parts')), ['training/settings.json', 'training/state.safetensors']);
    await assertRefuses([...train('parts'), '--seed', '2'], 2, ['settings.json', 'seed 1'], { cwd: work });
    const finished = await circuit(train('parts'), { cwd: work });
    assert.equal(finished.code, 0, finished.stderr);
    assert.match(finished.stderr, /Going on from .*state\.safetensors/);
    assert.doesNotMatch(finished.stdout, /step 150 of 600/);
    const weights = (folder: string) => readFile(join(work, folder, 'model.safetensors'));
    assert.deepEqual(await weights('parts'), await weights('whole'));
  });

  for (const kind of ['plt', 'clt']) {
    test(`dictionary ${kind}: lines of metrics, a dictionary that traces, an index of its features`, async () => {
      const data = ['--model', 'whole', '--corpus', 'corpus.txt', '--out', kind, '--kind', kind];
      const options = ['--features', '24', '--active', '4,3', '--batch', '64', '--steps', '30', '--log-every', '10'];
      const { code, stdout, stderr } = await circuit(['train', 'dictionary', ...data, ...options, '--json'], {
        cwd: work,
      });
      assert.equal(code, 0, stderr);
      const lines = stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as DictionaryLine);
      assert.equal(lines.length, 4);
      for (const line of lines) {
        const { fvu, l0, dead } = line;
        assert.deepEqual([fvu.length, l0.length, dead.length], [2, 2, 2]);
        assert.ok([...fvu, ...l0].every(value => value >= 0));
      }
      const { top_1: topOne = 0, kl = -1 } = lines[3];
      assert.ok(topOne > 0 && topOne <= 1 && kl >= 0);

      const pair = ['--model', 'whole', '--dictionary', kind];
      const prompt = ['--prompt', 't3 t4 t5', '--target', '" t6"', '--out', `${kind}.graph.json`];
      const traced = await circuitJson<{ active_features: number }>(['trace', ...pair, ...prompt], { cwd: work });
      assert.ok(traced.active_features > 0);
      const checked = await circuitJson<{ passed: boolean }>(['selfcheck', ...pair], { cwd: work });
      assert.equal(checked.passed, true);

      const build = ['features', 'build', ...pair, '--corpus', 'corpus.txt'];
      const built = await circuitJson<{ features: number; sequences: number }>(build, { cwd: work });
      assert.deepEqual([built.features, built.sequences], [48, CORPUS.length]);
      const listing = ['features', 'list', '--dictionary', kind, '--layer', '1', '--limit', '100'];
      const listed = await circuitJson<{ features: { layer: number }[] }>(listing, { cwd: work });
      assert.ok(listed.features.length > 0 && listed.features.every(({ layer }) => layer === 1));
      const shown = await circuit(['features', 'show', '1/3', '--dictionary', kind], { cwd: work });
      assert.match(shown.stdout, /^Feature 3 of layer 1: /);
      assert.ok(!(await filesBelow(work)).some(name => /tmp|building/.test(name)));
    });
  }

  test('model: sizes, identities and a memory estimate that grows with the prompt', async () => {
    const describe = ['model', '--model', 'whole', '--dictionary', 'clt', '--no-providers'];
    const short = await circuitJson<Record<string, Record<string, unknown>>>(describe, { cwd: work });
    assert.equal(short['model']['parameters'], 2 * 31 * 16 + 2 * (4 * 16 * 16 + 3 * 16 * 48 + 2 * 16) + 16);
    assert.equal(short['dictionary']['kind'], 'cross-layer transcoder');
    assert.match(String(short['model']['sha256']), /^[0-9a-f]{64}$/);
    const long = await circuitJson<typeof short>([...describe, '--tokens', '64'], { cwd: work });
    assert.ok(Number(long['memory']['private']) > Number(short['memory']['private']));
    const { stdout } = await circuit(describe, { cwd: work });
    assert.match(stdout, /^Memory of a trace of 16 tokens, about \d+ MB/m);
  });
});
