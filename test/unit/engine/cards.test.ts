import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { describeModel, featureCards, featureSummaries, importModel } from '../../../src/engine/protocol.ts';
import { circuitJson, filesBelow } from '../../support/cli.ts';
import { startEngine } from '../../support/engine.ts';
import { HubServer } from '../../support/hub-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PACK = join(import.meta.dirname, '../../../models/pack');
const PAIR = { model: 'circuit/facts', dictionary: 'circuit/facts-clt' };
const FEATURES = [
  [0, 3],
  [5, 1],
] as const;

describe('feature cards', () => {
  test('hold the record of the feature index and compute nothing unless it is wanted', async t => {
    const { client } = await startEngine(t);
    const [card, other] = await client.request(featureCards, { features: FEATURES });
    const shown = await circuitJson<object>(['features', 'show', '0/3']);
    assert.deepEqual([card.layer, card.feature, other.layer, other.feature], [0, 3, 5, 1]);
    assert.equal(card.record?.index, 9, "the record's Cantor number");
    assert.deepEqual({ layer: 0, feature: 3, ...card.record }, shown);
    assert.deepEqual([card.topLogits, card.bottomLogits, card.problem], [[], [], undefined]);
    const [named] = await client.request(featureCards, { features: FEATURES, logits: 'where-unknown' });
    assert.deepEqual(named.topLogits, [], 'the index names them');
  });

  test('promoted tokens with their weights, strongest first, are those of the index', async t => {
    const { client } = await startEngine(t);
    const [card] = await client.request(featureCards, { features: FEATURES, logits: 'always' });
    assert.deepEqual(card.topLogits.map(({ text }) => text).slice(0, 5), card.record?.top_logits?.slice(0, 5));
    for (const list of [card.topLogits, card.bottomLogits]) {
      assert.ok(list.length > 0);
      list.forEach(({ weight }, i) => assert.ok(i === 0 || Math.abs(weight) <= Math.abs(list[i - 1].weight)));
    }
    assert.ok(card.topLogits[0].weight > 0 && card.bottomLogits[0].weight < 0);
    await assert.rejects(client.request(featureCards, { features: [[0, 1_000_000]] }), { code: 'usage' });
  });

  test('summaries are what the cards say, for the features that exist', async t => {
    const { client } = await startEngine(t);
    const cards = await client.request(featureCards, { features: FEATURES });
    const summaries = await client.request(featureSummaries, { features: [...FEATURES, [0, 1_000_000]] });
    const expected = cards.map(({ layer, feature, record }) => {
      const { activation_frequency: density, label } = record!;
      return { layer, feature, density, detectionF1: label!.detectionF1, fuzzing: label!.fuzzing };
    });
    assert.deepEqual(summaries, expected);
  });
});

describe('feature cards of a dictionary that was fetched without its index', () => {
  test('come from the hub by range of bytes, and opening the model asks nothing of it', async t => {
    const { client, server } = await importedPair(t);
    const [expected] = await client.request(featureCards, { features: FEATURES });
    const asked = server.requests.length;
    const described = await client.request(describeModel, PAIR);
    assert.equal(described.hasLabels, false);
    assert.equal(server.requests.length, asked);
    const [card] = await client.request(featureCards, { ...PAIR, features: FEATURES });
    assert.deepEqual(card.record, expected.record);
    const ranges = server.requests.flatMap(({ path, range }) => (path.endsWith('.bin') ? [range] : []));
    assert.ok(ranges.length >= 2 && ranges.every(range => /^bytes=\d+-\d+$/.test(range ?? '')));
    // Summaries of a thousand features would be a thousand questions.
    const before = server.requests.length;
    assert.deepEqual(await client.request(featureSummaries, { ...PAIR, features: FEATURES }), []);
    assert.equal(server.requests.length, before);
  });

  test('a hub that is gone is said on the card, which has the rest, and is not asked again at once', async t => {
    const { client, server } = await importedPair(t);
    server.stop();
    const request = { ...PAIR, features: [FEATURES[0]], logits: 'where-unknown' } as const;
    const [card] = await client.request(featureCards, request);
    assert.equal(card.record, null);
    assert.match(card.problem ?? '', /127\.0\.0\.1/);
    assert.ok(card.topLogits.length > 0, 'no index names them: they are computed');
    let attempts = 0;
    server.onRequest = () => attempts++;
    const [again] = await client.request(featureCards, request);
    assert.deepEqual([again.problem, attempts], [card.problem, 0]);
  });

  test('a hub without an index leaves the card without a word of it', async t => {
    const { client } = await importedPair(t, false);
    const [card] = await client.request(featureCards, { ...PAIR, features: [FEATURES[0]] });
    assert.deepEqual([card.record, card.problem], [null, undefined]);
  });
});

/** An engine with the pair in its cache, without the features folder that the hub has. */
async function importedPair(test: TestContext, published = true) {
  const server = await new HubServer().start(test);
  for (const [repo, folder] of [
    [PAIR.model, 'model'],
    [PAIR.dictionary, 'dictionary'],
  ] as const) {
    const names = (await filesBelow(join(PACK, folder))).filter(name => published || !name.includes('features'));
    const files = names.map(
      async name => [name.replaceAll('\\', '/'), await readFile(join(PACK, folder, name))] as const,
    );
    server.add(repo, Object.fromEntries(await Promise.all(files)));
  }
  const home = await temporaryFolder(test);
  const emptied = [
    'HF_TOKEN',
    'HF_HUB_CACHE',
    'HF_HUB_OFFLINE',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'http_proxy',
    'https_proxy',
  ];
  for (const name of emptied) process.env[name] = '';
  const own = { HF_ENDPOINT: server.endpoint, HF_HOME: home, XDG_CONFIG_HOME: home, APPDATA: home };
  Object.assign(process.env, own);
  const { client } = await startEngine(test);
  await client.request(importModel, { id: PAIR.model, dictionary: PAIR.dictionary });
  test.after(() => rm(home, { recursive: true, force: true }));
  return { server, client };
}
