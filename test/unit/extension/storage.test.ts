import assert from 'node:assert/strict';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { KnownModels, type Memory } from '../../../extension/model/known-models.ts';
import { InvestigationStorage } from '../../../extension/storage.ts';
import { TraceService } from '../../../extension/trace/trace-service.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { assertFails } from '../../support/errors.ts';
import { startEngine } from '../../support/engine.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function memory(): Memory {
  const values = new Map<string, unknown>();
  return {
    get: <T>(key: string, otherwise: T) => (values.get(key) as T | undefined) ?? otherwise,
    update: (key, value) => {
      values.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}

describe('known models', () => {
  const model = { name: 'm', sha256: 'a1' };
  const dictionary = { name: 'd', sha256: 'b2' };

  test('are found by the hashes of their contents, wherever they lie', async () => {
    const models = new KnownModels(memory(), { model: 'e0', dictionary: 'e1' });
    assert.equal(models.find(model, dictionary), undefined);
    await models.remember({ model, dictionary }, { model: '/m', dictionary: '/d', provider: 'cpu' });
    assert.deepEqual(models.find({ name: 'another name', sha256: 'a1' }, dictionary), {
      model: '/m',
      dictionary: '/d',
    });
    assert.deepEqual(models.find(model, undefined), { model: '/m', dictionary: '/d' });
    assert.equal(models.find(model, { name: 'd', sha256: 'other' }), undefined);
    assert.deepEqual(models.find({ name: 'x', sha256: 'e0' }, { name: 'y', sha256: 'e1' }), {});
    assert.equal(models.find({ name: 'm' }, undefined), undefined, 'a name alone proves nothing');
  });

  test('a folder whose contents changed is known by the new ones only', async () => {
    const models = new KnownModels(memory());
    await models.remember({ model, dictionary }, { model: '/m', dictionary: '/d' });
    await models.remember({ model: { name: 'm', sha256: 'new' }, dictionary }, { model: '/m', dictionary: '/d' });
    assert.equal(models.find(model, dictionary), undefined);
    assert.equal(models.used.length, 1);
  });

  test('a folder that is gone is not found, the same contents elsewhere are', async () => {
    const gone = new Set<string>();
    const models = new KnownModels(memory(), undefined, folder => !gone.has(folder));
    await models.remember({ model, dictionary }, { model: '/copy', dictionary: '/d' });
    await models.remember({ model, dictionary }, { model: '/m', dictionary: '/d' });
    assert.equal(models.find(model, dictionary)?.model, '/m');
    gone.add('/m');
    assert.equal(models.find(model, dictionary)?.model, '/copy');
    gone.add('/d');
    assert.equal(models.find(model, dictionary), undefined);
  });

  test('a model that was not known, or was gone, is told', async () => {
    const gone = new Set(['/m']);
    const models = new KnownModels(memory(), undefined, folder => !gone.has(folder));
    let told = 0;
    models.changed.on(() => told++);
    await models.remember({ model }, { model: '/m' });
    assert.equal(told, 1);
    gone.clear();
    await models.remember({ model }, { model: '/m' });
    assert.equal(told, 1, 'it was known');
    gone.add('/m');
    await models.remember({ model }, { model: '/elsewhere' });
    assert.equal(told, 2);
  });
});

describe('storage', () => {
  test('each trace gets files of its own, also when windows want the same name at once', async t => {
    const folder = join(await temporaryFolder(t), 'not', 'there', 'yet');
    const [one, other] = [new InvestigationStorage(folder), new InvestigationStorage(folder)];
    const [first, second] = await Promise.all([one, other].map(storage => storage.newGraph('A prompt: with signs!')));
    assert.match(basename(first), /^a-prompt-with-signs-[0-9a-f]{8}\.graph\.json$/);
    assert.notEqual(first, second);
    assert.ok(one.holds(first));
    assert.ok(!one.holds('/elsewhere/x.graph.json'));
    const texts = Array.from({ length: 12 }, (_, i) => `text ${i}`);
    const paths = await Promise.all(texts.map((text, i) => (i % 2 === 0 ? one : other).add('a-prompt', text)));
    assert.deepEqual(await Promise.all(paths.map(path => readFile(path, 'utf8'))), texts);
    assert.ok(paths.map(path => basename(path)).includes('a-prompt.circuit.json'));
    assert.equal((await readdir(folder)).length, 12, 'nothing else is left');
  });

  test('a folder that cannot be written is said with its path', async t => {
    const file = join(await temporaryFolder(t), 'a file');
    await writeFile(file, '');
    const storage = new InvestigationStorage(join(file, 'investigations'));
    await assertFails(() => storage.newGraph('x'), 'file-write', file);
    await assertFails(() => storage.add('x', 'text'), 'file-write', file);
  });

  test('what is old goes, unless it is in use', async t => {
    const storage = new InvestigationStorage(await temporaryFolder(t));
    const [old, used, fresh] = ['old', 'used', 'new'].map(name => join(storage.folder, name));
    for (const file of [old, used, fresh]) await writeFile(file, '');
    const longAgo = new Date(Date.now() - 100 * 24 * 3600 * 1000);
    for (const file of [old, used]) await utimes(file, longAgo, longAgo);
    assert.equal(await storage.removeOld(90, path => path === used), 1);
    assert.deepEqual((await readdir(storage.folder)).sort(), ['new', 'used']);
  });
});

test('a traced prompt becomes an investigation that names its text, graph, model and settings', async t => {
  const { client } = await startEngine(t);
  const folder = await temporaryFolder(t);
  const storage = new InvestigationStorage(join(folder, 'storage'));
  const models = new KnownModels(memory());
  const settings = { nodeThreshold: 0.8, edgeThreshold: 0.98, maxLogits: 3 };
  const source = { file: join(folder, 'texts', 'prompts.txt'), start: 42 };
  const order = { prompt: "The opposite of 'small' is '", choice: { provider: 'cpu' }, settings, source };
  const traced = await new TraceService(client, storage, models).traceNew(order);
  const text = await readFile(traced.investigation, 'utf8');
  const { investigation, problems } = parseInvestigation(text, traced.investigation);
  assert.deepEqual(problems, []);
  assert.equal(investigation.prompt, order.prompt);
  assert.deepEqual(investigation.source, { file: '../texts/prompts.txt', start: 42 });
  assert.deepEqual(investigation.graph, { file: basename(traced.graph), sha256: traced.result.graphSha256 });
  assert.deepEqual(investigation.settings, settings);
  assert.deepEqual(models.find(investigation.model, investigation.dictionary), {}, 'the model is known now');
  const { nodes } = (await readGraph(traced.graph)).graph;
  assert.ok(nodes.filter(({ kind }) => kind === 'logit').length <= 3);
});
