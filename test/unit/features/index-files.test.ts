import assert from 'node:assert/strict';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import {
  buildFeatureIndex,
  hasFeatureIndex,
  openFeatureIndex,
  topGroup,
  writeFeatureIndex,
  type FeatureRecord,
} from '../../../src/features/index.ts';
import { referenceCase, referenceCases } from '../../support/reference.ts';
import { asCorpus, BOS, plantedSource, sentences, tokenOf, tokenText, vocabularySize } from './synthetic.ts';

const folder = await mkdtemp(join(tmpdir(), 'circuit-index-'));
after(() => rm(folder, { recursive: true }));
const built = join(folder, 'built');

before(async () => {
  const summary = await buildFeatureIndex({
    source: plantedSource([
      [(w, i) => Number(w[i] === 'Dallas'), () => 0],
      [(w, i) => Number(/\d/.test(w[i])), (w, i) => Number(w[i] === 'ring')],
    ]),
    corpus: asCorpus(sentences(2000)),
    tokenText,
    promotedTokens: () => ({
      top: [{ token: tokenOf('Waco'), logit: 2 }],
      bottom: [{ token: tokenOf('ring'), logit: -2 }],
    }),
    alone: { bos: BOS, vocabularySize },
    transcoderId: layer => `planted-${layer}`,
    folder: built,
  });
  assert.equal(summary.features, 4);
  assert.equal(summary.silent, 1);
  assert.equal(summary.clear, 3);
  const bytes = ['index.json.gz', 'layer_0.bin', 'layer_1.bin'].map(file => statSync(join(built, file)).size);
  assert.equal(
    summary.bytes,
    bytes.reduce((a, b) => a + b),
  );
});

/** As another program reads the layout: nothing but its description, and only the fields that may be relied on. */
function readAsOthersDo(layer: number, feature: number): FeatureRecord {
  const index = JSON.parse(gunzipSync(readFileSync(join(built, 'index.json.gz'))).toString()) as Record<
    string,
    { filename: string; offsets: number[] }
  >;
  const { filename, offsets } = index[layer];
  const chunk = readFileSync(join(built, filename)).subarray(offsets[feature], offsets[feature + 1]);
  assert.equal(chunk.readUInt32LE(0), chunk.length - 4);
  return JSON.parse(gunzipSync(chunk.subarray(4)).toString()) as FeatureRecord;
}

describe('the files of an index', () => {
  test('have the published layout', () => {
    assert.equal(readAsOthersDo(0, 0).index, 0);
    assert.equal(readAsOthersDo(1, 1).index, 4);
    const record = readAsOthersDo(1, 0);
    assert.deepEqual(Object.keys(record).slice(0, 10), [
      'transcoder_id',
      'index',
      'examples_quantiles',
      'top_logits',
      'bottom_logits',
      'act_min',
      'act_max',
      'quantile_values',
      'histogram',
      'activation_frequency',
    ]);
    assert.equal(record.transcoder_id, 'planted-1');
    assert.equal(record.index, 1);
    assert.deepEqual(record.top_logits, [' Waco']);
    assert.deepEqual(record.bottom_logits, [' ring']);
    assert.equal(record.histogram!.length, 50);
    assert.equal(record.quantile_values!.length, 11);
    const [top, ...quantiles] = record.examples_quantiles;
    assert.equal(top.quantile_name, 'Top activations');
    assert.equal(top.examples.length, 20);
    assert.ok(quantiles.length <= 5 && quantiles.every(({ examples }) => examples.length <= 4));
    for (const {
      tokens,
      tokens_acts_list,
      train_token_ind,
      is_repeated_datapoint,
    } of record.examples_quantiles.flatMap(({ examples }) => examples)) {
      assert.ok(tokens.length <= 24);
      assert.equal(tokens.length, tokens_acts_list.length);
      assert.equal(tokens_acts_list[train_token_ind], Math.max(...tokens_acts_list));
      assert.match(tokens[train_token_ind], /\d/);
      assert.equal(is_repeated_datapoint, false);
    }
    const peaks = top.examples.map(example => example.tokens_acts_list[example.train_token_ind]);
    assert.deepEqual(
      peaks,
      peaks.toSorted((a, b) => b - a),
    );
    assert.equal(record.act_max, peaks[0]);
  });

  test('are read back by byte range as they were written', async () => {
    const index = await openFeatureIndex(built);
    assert.deepEqual(index.layers, [0, 1]);
    for (const [layer, feature] of [
      [0, 0],
      [0, 1],
      [1, 1],
    ]) {
      assert.deepEqual(await index.read(layer, feature), readAsOthersDo(layer, feature));
    }
    const dallas = await index.read(0, 0);
    assert.equal(dallas?.label?.text, 'Dallas');
    assert.equal(dallas?.label?.agreesWithWeights, true);
    assert.deepEqual(dallas?.firing_tokens, [' Dallas']);
    assert.equal((await index.read(0, 1))?.label?.rule, 'none');
    assert.equal(await hasFeatureIndex(built), true);
    assert.equal(await hasFeatureIndex(folder), false);
  });

  test('a top list with too few prefixes is filled with repetitions that say so', async () => {
    const at = join(folder, 'repeated');
    await buildFeatureIndex({
      source: plantedSource([[(w, i) => Number(w[i - 1] === 'capital' && w[i] === 'of')]]),
      corpus: asCorpus(sentences(500)),
      tokenText,
      promotedTokens: () => ({ top: [], bottom: [] }),
      transcoderId: () => 'x',
      folder: at,
    });
    const record = await (await openFeatureIndex(at)).read(0, 0);
    const repeated = topGroup(record!)!.examples.map(example => example.is_repeated_datapoint);
    assert.deepEqual(repeated, [false, ...new Array<boolean>(19).fill(true)]);
    assert.equal(record!.firing_tokens, undefined);
  });

  test('the same records give the same bytes, and no time or system is in them', async () => {
    const at = join(folder, 'again');
    await writeFeatureIndex(at, [2, 2], readAsOthersDo);
    for (const file of ['index.json.gz', 'layer_0.bin', 'layer_1.bin']) {
      assert.deepEqual(readFileSync(join(at, file)), readFileSync(join(built, file)));
    }
    const header = readFileSync(join(at, 'index.json.gz')).subarray(4, 10);
    assert.deepEqual([...header.subarray(0, 4), header[5]], [0, 0, 0, 0, 255]);
  });

  test('whatever the tokens are', async () => {
    const word = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(' Dallas', '\n', '"', '\ud800', '\u2028'));
    const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: 0 }).map(x => Number(x.toPrecision(3)));
    const pair = fc.tuple(word, value);
    const example = fc.array(pair, { minLength: 1, maxLength: 24 }).map(pairs => ({
      tokens: pairs.map(([token]) => token),
      tokens_acts_list: pairs.map(([, activation]) => activation),
      train_token_ind: pairs.length - 1,
      is_repeated_datapoint: pairs.length % 2 === 0,
    }));
    const group = fc.record({ quantile_name: fc.string(), examples: fc.array(example, { maxLength: 4 }) });
    const record = fc.record({ index: fc.nat(), examples_quantiles: fc.array(group, { maxLength: 3 }) });
    const at = join(folder, 'arbitrary');
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 4 }), async records => {
        await writeFeatureIndex(at, [0, records.length], (_, feature) => records[feature]);
        const index = await openFeatureIndex(at);
        for (const [feature, expected] of records.entries()) {
          assert.deepEqual(await index.read(1, feature), JSON.parse(JSON.stringify(expected)));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('of the reference cases are read', async () => {
    for (const name of referenceCases) {
      const index = await openFeatureIndex(join(await referenceCase(name), 'transcoders/features'));
      assert.deepEqual(index.layers, [0, 1, 2]);
      assert.equal(index.nFeatures(2), 24);
      const record = await index.read(2, 23);
      assert.equal(record?.index, 348);
      assert.deepEqual(topGroup(record)?.examples, [
        {
          tokens: ['a', ' f23', '\n'],
          tokens_acts_list: [0, 2.3, 0],
          train_token_ind: 1,
          is_repeated_datapoint: false,
        },
      ]);
      assert.equal(record?.label, undefined);
    }
  });
});

describe('files made elsewhere or damaged', () => {
  let serial = 0;
  const record = { index: 0, examples_quantiles: [] };
  const packed = (value: unknown): Buffer => gzipSync(JSON.stringify(value));
  const chunkOf = (bytes: Buffer, length = bytes.length): Buffer => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(length);
    return Buffer.concat([prefix, bytes]);
  };

  /** A folder with one layer whose file holds `chunk`; the index as it is told, or one that is right. */
  async function made(chunk: Buffer, index?: unknown): Promise<string> {
    const at = join(folder, `made-${serial++}`);
    await cp(built, at, { recursive: true });
    writeFileSync(join(at, 'layer_0.bin'), chunk);
    writeFileSync(
      join(at, 'index.json.gz'),
      Buffer.isBuffer(index) ? index : packed(index ?? { 0: { filename: 'layer_0.bin', offsets: [0, chunk.length] } }),
    );
    return at;
  }
  const readFirst = async (at: string) => (await openFeatureIndex(at)).read(0, 0);
  const damaged = (message: RegExp) => ({ name: 'CircuitError', code: 'file-damaged', message });

  test('only index and examples_quantiles are needed; other fields of another form are passed over', async () => {
    assert.deepEqual(await readFirst(await made(chunkOf(packed(record)))), record);
    const odd = {
      ...record,
      top_logits: [['hello', 0.9], ' you'],
      bottom_logits: 7,
      histogram: ['many'],
      act_max: null,
      label: { text: 'x', rule: 'magic' },
      more: true,
    };
    assert.deepEqual(await readFirst(await made(chunkOf(packed(odd)))), { ...record, top_logits: ['hello', ' you'] });
    const example = { tokens: ['a', 'b'], tokens_acts_list: [0, 1] };
    const bare = { index: 3, examples_quantiles: [{ examples: [example] }] };
    assert.deepEqual(topGroup((await readFirst(await made(chunkOf(packed(bare)))))!)?.examples, [
      { ...example, train_token_ind: 1, is_repeated_datapoint: false },
    ]);
  });

  test('an empty range is a feature without a record', async () => {
    const at = await made(chunkOf(packed(record)), { 0: { filename: 'layer_0.bin', offsets: [0, 0, 20] } });
    assert.equal(await readFirst(at), undefined);
  });

  test('a length prefix of 4 GB', async () => {
    await assert.rejects(
      readFirst(await made(chunkOf(packed(record), 0xffffffff))),
      damaged(/feature 0 says .*4294967295/),
    );
  });

  test('a range of many gigabytes, beyond the file or beyond all records', async () => {
    const at = (end: number) => made(chunkOf(packed(record)), { 0: { filename: 'layer_0.bin', offsets: [0, end] } });
    await assert.rejects(readFirst(await at(2 ** 45)), damaged(/is 35184372088832 bytes long/));
    await assert.rejects(readFirst(await at(5000)), damaged(/layer_0\.bin.* ends after/));
    await assert.rejects(readFirst(await at(3)), damaged(/is 3 bytes long/));
  });

  test('truncated gzip, other bytes, text that is not JSON or not UTF-8', async () => {
    const whole = packed(record);
    await assert.rejects(readFirst(await made(chunkOf(whole.subarray(0, -9)))), damaged(/feature 0 is not whole gzip/));
    await assert.rejects(readFirst(await made(chunkOf(Buffer.alloc(40, 1)))), damaged(/is not whole gzip/));
    await assert.rejects(readFirst(await made(chunkOf(gzipSync('{')))), damaged(/is not JSON/));
    await assert.rejects(
      readFirst(await made(chunkOf(gzipSync(Buffer.of(0x22, 0xff, 0x22))))),
      damaged(/is not UTF-8/),
    );
  });

  test('a gzip bomb is stopped', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20, 32));
    assert.ok(bomb.length < 2 ** 20);
    await assert.rejects(readFirst(await made(chunkOf(bomb))), damaged(/unpacks to more than/));
  });

  test('records of another shape name the field', async () => {
    const bad = async (value: unknown) => readFirst(await made(chunkOf(packed(value))));
    await assert.rejects(bad({ examples_quantiles: [] }), damaged(/feature 0.*"index"/));
    await assert.rejects(bad({ index: 0 }), damaged(/"examples_quantiles"/));
    const uneven = { tokens: ['a'], tokens_acts_list: [0, 1] };
    await assert.rejects(bad({ index: 0, examples_quantiles: [{ examples: [uneven] }] }), damaged(/different lengths/));
    await assert.rejects(bad([]), damaged(/./));
  });

  test('an index that is damaged, leads elsewhere or decreases', async () => {
    const open = async (index: unknown) => openFeatureIndex(await made(chunkOf(packed(record)), index));
    const entry = { filename: 'layer_0.bin', offsets: [0, 10] };
    await assert.rejects(open(Buffer.from('nothing')), damaged(/index\.json\.gz is not whole gzip/));
    await assert.rejects(open({ zero: entry }), damaged(/layer number/));
    await assert.rejects(open({ 0: { ...entry, offsets: [0, 10, 9] } }), damaged(/"0\.offsets".*never decrease/));
    await assert.rejects(open({ 0: { ...entry, offsets: [0, -1] } }), damaged(/0\.offsets/));
    await assert.rejects(open({ 0: { ...entry, offsets: [0, 0.5] } }), damaged(/0\.offsets/));
    for (const filename of ['../secret', '/etc/passwd', 'a\\b', '.hidden', '']) {
      await assert.rejects(open({ 0: { ...entry, filename } }), damaged(/0\.filename/));
    }
  });

  test('what is missing is named', async () => {
    await assert.rejects(openFeatureIndex(join(folder, 'nowhere')), {
      code: 'file-missing',
      message: /index\.json\.gz/,
    });
    const index = await openFeatureIndex(built);
    await assert.rejects(index.read(2, 0), { code: 'usage', message: /no layer 2/ });
    await assert.rejects(index.read(0, 2), { code: 'usage', message: /no feature 2 in layer 0/ });
    await assert.rejects(index.read(0, -1), { code: 'usage' });
    assert.equal(index.nFeatures(2), 0);
    const lost = await made(chunkOf(packed(record)), { 0: { filename: 'lost.bin', offsets: [0, 9] } });
    await assert.rejects(readFirst(lost), { code: 'file-missing', message: /lost\.bin/ });
  });

  test('a folder that cannot be written', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const write = () => writeFeatureIndex(join(file, 'features'), [1], () => record);
    await assert.rejects(write(), { code: 'file-write', message: /a-file/ });
  });

  test('gunzip by stream agrees on every record', async () => {
    const { offsets } = (
      JSON.parse(gunzipSync(readFileSync(join(built, 'index.json.gz'))).toString()) as Record<
        string,
        { offsets: number[] }
      >
    )['1'];
    const stream = createReadStream(join(built, 'layer_1.bin'), { start: offsets[1] + 4, end: offsets[2] - 1 });
    let text = '';
    for await (const part of stream.pipe(createGunzip())) text += String(part);
    assert.deepEqual(await (await openFeatureIndex(built)).read(1, 1), JSON.parse(text));
  });
});
