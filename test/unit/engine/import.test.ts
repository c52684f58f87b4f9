import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { EngineError } from '../../../extension/engine/engine-error.ts';
import { describeModel, estimateImport, importModel, listModels } from '../../../src/engine/protocol.ts';
import { filesBelow } from '../../support/cli.ts';
import { startEngine } from '../../support/engine.ts';
import { HubServer } from '../../support/hub-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PACK = join(import.meta.dirname, '../../../models/pack');
const PAIR = { id: 'circuit/facts', dictionary: 'circuit/facts-clt' };

/** An engine whose environment names a hub with the embedded pack, and an empty cache. */
async function engineAndHub(test: TestContext) {
  const server = await new HubServer().start(test);
  for (const [repo, folder] of [
    [PAIR.id, 'model'],
    [PAIR.dictionary, 'dictionary'],
  ] as const) {
    const names = await filesBelow(join(PACK, folder));
    const files = names.map(
      async name => [name.replaceAll('\\', '/'), await readFile(join(PACK, folder, name))] as const,
    );
    server.add(repo, Object.fromEntries(await Promise.all(files)));
  }
  const home = await temporaryFolder(test);
  const unset = [
    'HF_TOKEN',
    'HF_HUB_CACHE',
    'HF_HUB_OFFLINE',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'http_proxy',
    'https_proxy',
  ];
  const own = { HF_ENDPOINT: server.endpoint, HF_HOME: home, XDG_CONFIG_HOME: home, APPDATA: home };
  for (const name of unset) process.env[name] = '';
  Object.assign(process.env, own);
  return { server, home, client: (await startEngine(test)).client };
}

async function refusal(work: Promise<unknown>): Promise<EngineError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof EngineError, String(error));
  return error;
}

describe('importing in the engine', () => {
  test('estimated, fetched with progress, listed, described by its id', async t => {
    const { client, home, server } = await engineAndHub(t);
    const before = await client.request(listModels, {});
    assert.deepEqual([before.cache, before.cached], [join(home, 'hub'), []]);
    assert.ok(before.published.length > 20);

    const estimate = await client.request(estimateImport, PAIR);
    assert.deepEqual(
      estimate.items.map(({ kind, id }) => [kind, id]),
      [
        ['model', PAIR.id],
        ['dictionary', PAIR.dictionary],
      ],
    );
    assert.ok(estimate.missing > 11e6 && estimate.missing <= estimate.total);
    assert.ok((estimate.memory ?? 0) > 1e8 && estimate.machineMemory > 1e8);
    // A header tells whether the two belong together.
    assert.ok(
      server.contentRequests.every(({ range }) => /^bytes=0-\d{1,5}$/.test(range ?? '')),
      'weights were fetched',
    );

    const seen: number[] = [];
    const items = await client.request(importModel, PAIR, {
      progress: ({ stage, done, total }) => {
        if (stage === 'download') seen.push(done / (total ?? NaN));
      },
    });
    assert.equal(items.length, 2);
    assert.ok(seen.every(part => part >= 0 && part <= 1));
    assert.equal((await client.request(listModels, {})).cached.length, 2);
    const described = await client.request(describeModel, { model: PAIR.id, dictionary: PAIR.dictionary });
    assert.equal(described.name, PAIR.id);
    assert.ok(described.dictionary !== undefined);
  });

  test('cancelled, and gone on with', async t => {
    const { client, server } = await engineAndHub(t);
    server.fail(/model\.safetensors/, { kind: 'silence', after: 1_000_000 });
    const controller = new AbortController();
    server.onRequest = ({ path }) => {
      if (path.startsWith('/cdn/')) setTimeout(() => controller.abort(), 500);
    };
    const request = client.request(importModel, { id: PAIR.id }, { signal: controller.signal });
    assert.equal((await refusal(request)).code, 'cancelled');
    await client.request(importModel, { id: PAIR.id });
    const [first, second, ...others] = server.contentRequests.map(({ range }) => range);
    assert.deepEqual([first, others], [undefined, []]);
    assert.match(second ?? '', /^bytes=[1-9]\d*-$/);
  });

  test('refusals keep their code and what to do', async t => {
    const { client, server } = await engineAndHub(t);
    Object.assign(server.repositories.get(PAIR.id)!, { gated: true, token: 'hf_good' });
    const gated = await refusal(client.request(estimateImport, { id: PAIR.id }));
    assert.equal(gated.code, 'hub-access');
    assert.match(gated.remedy, /HF_TOKEN/);
    assert.equal((await refusal(client.request(importModel, { id: 'circuit/none' }))).code, 'hub-missing');
    assert.equal((await refusal(client.request(importModel, { id: './nowhere' }))).code, 'usage');
  });

  test('a folder', async t => {
    const { client } = await engineAndHub(t);
    const folder = join(PACK, 'model');
    assert.equal((await client.request(estimateImport, { id: folder })).missing, 0);
    assert.deepEqual(await client.request(importModel, { id: folder }), [{ folder, kind: 'model' }]);
    assert.deepEqual((await client.request(listModels, {})).folders, [{ folder, kind: 'model' }]);
  });
});
