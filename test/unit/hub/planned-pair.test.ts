import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { estimateFromHub, hubDictionaryFolders } from '../../../src/import/import-from-hub.ts';
import { importTarget } from '../../../src/import/import-target.ts';
import { assertFails } from '../../support/errors.ts';
import { hubAndCache } from './settings.ts';

const PACK = join(import.meta.dirname, '../../../models/pack');
const MODEL = filesOf('model');
const DICTIONARY = filesOf('dictionary');

/** The hub's estimate for a model whose configuration is changed so, and a dictionary of these files. */
async function estimate(test: TestContext, change: object, dictionary: Record<string, Buffer | string> = DICTIONARY) {
  const { server, settings } = await hubAndCache(test);
  const config = { ...(JSON.parse(MODEL['config.json'].toString()) as object), ...change };
  server.add('o/model', { ...MODEL, 'config.json': JSON.stringify(config) });
  server.add('o/dictionary', dictionary);
  server.add('o/layers', layersOf(DICTIONARY));
  const target = await importTarget('o/model', { dictionary: 'o/dictionary', revision: undefined });
  assert.ok(target.kind === 'hub');
  const asked = server.requests.length;
  const work = estimateFromHub(target, settings).finally(() => {
    const large = server.requests.slice(asked).filter(({ path }) => path.startsWith('/cdn/'));
    for (const { range } of large) assert.match(range ?? 'the whole file', /^bytes=0-\d{1,6}$/, 'weights were fetched');
  });
  return { work, server };
}

describe('a pair that is to be imported is checked before anything large is fetched', () => {
  test('one that belongs together is estimated', async t => {
    const { work } = await estimate(t, {});
    assert.ok((await work).plan.size.missing > 1e6);
  });

  test('another number of layers', async t => {
    const { work } = await estimate(t, { num_hidden_layers: 5 });
    await assertFails(() => work, 'model-mismatch', 'o/dictionary has 6 layers, but o/model has 5');
  });

  test('another width, by the header of the first file', async t => {
    const { work, server } = await estimate(t, { hidden_size: 96, head_dim: 24 });
    await assertFails(
      () => work,
      'model-mismatch',
      'o/dictionary is 128 wide, but o/model has a residual stream of 96',
    );
    assert.equal(server.requests.filter(({ path }) => path.startsWith('/cdn/')).length, 1);
  });

  test('files that the configuration lists in other repositories', async t => {
    const listed = (count: number) => ({
      'config.yaml': `model_kind: transcoder_set\nfeature_input_hook: mlp.hook_in\nfeature_output_hook: hook_mlp_out\nmodel_name: x\ntranscoders:\n${Array.from({ length: count }, (_, i) => `- hf://o/layers/l${i}/params.safetensors\n`).join('')}`,
    });
    const short = await estimate(t, {}, listed(4));
    await assertFails(() => short.work, 'model-mismatch', 'has 4 layers, but o/model has 6');
    const narrow = await estimate(t, { hidden_size: 96, head_dim: 24 }, listed(6));
    await assertFails(() => narrow.work, 'model-mismatch', 'is 128 wide');
    await (
      await estimate(t, {}, listed(6))
    ).work;
  });

  test('a hub that sends no ranges does not stop the import: it is checked when it is opened', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add('o/model', MODEL);
    server.add('o/dictionary', DICTIONARY);
    server.fail(/^\/cdn\//, { kind: 'whole' }, 10);
    const target = await importTarget('o/model', { dictionary: 'o/dictionary', revision: undefined });
    assert.ok(target.kind === 'hub');
    assert.ok((await estimateFromHub(target, { ...settings, attempts: 1 })).plan.size.missing > 1e6);
  });

  test('the dictionaries of a repository that holds several', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add('o/several', { 'w16/config.yaml': 'a', 'w16/layer_0.safetensors': 'x', 'w65/config.yaml': 'b' });
    assert.deepEqual(await hubDictionaryFolders('o/several', settings, undefined), ['w16', 'w65']);
  });
});

function filesOf(folder: string): Record<string, Buffer> {
  const names = readdirSync(join(PACK, folder)).filter(name => name.includes('.'));
  return Object.fromEntries(names.map(name => [name, readFileSync(join(PACK, folder, name))]));
}

/** The encoders' files under the names of per-layer transcoders; their first tensors are called otherwise. */
function layersOf(files: Record<string, Buffer>): Record<string, Buffer> {
  const layers = Array.from({ length: 6 }, (_, i) => {
    const file = files[`W_enc_${i}.safetensors`];
    const length = Number(file.readBigUInt64LE(0));
    const header = file
      .subarray(8, 8 + length)
      .toString()
      .replaceAll(`_${i}"`, '"');
    const first = Buffer.alloc(8);
    first.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
    return [
      `l${i}/params.safetensors`,
      Buffer.concat([first, Buffer.from(header), file.subarray(8 + length)]),
    ] as const;
  });
  return Object.fromEntries(layers);
}
