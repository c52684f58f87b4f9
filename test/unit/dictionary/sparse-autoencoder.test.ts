import assert from 'node:assert/strict';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openSafetensors, tensorIn, writeSafetensors, type WritableTensor } from '../../../src/checkpoint/index.ts';
import { describeAutoencoder, openDictionary, openSparseAutoencoder } from '../../../src/dictionary/index.ts';
import { assertFails } from '../../support/errors.ts';
import { normals } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const [D, F, ROWS] = [6, 20, 5];

interface Weights {
  readonly wEnc: Float32Array;
  readonly bEnc: Float32Array;
  readonly wDec: Float32Array;
  readonly bDec: Float32Array;
  readonly threshold: Float32Array;
}

/** A SAELens folder with random weights, and an input. */
async function folderOf(t: TestContext, config: object, dOut = D) {
  const folder = await temporaryFolder(t);
  const normal = normals(7);
  const fill = (length: number, scale = 1) => Float32Array.from({ length }, () => normal() * scale);
  const weights: Weights = {
    wEnc: fill(D * F),
    bEnc: fill(F, 0.3),
    wDec: fill(F * dOut),
    bDec: fill(dOut),
    threshold: fill(F, 0.7),
  };
  const tensor = (name: string, shape: number[], data: Float32Array): WritableTensor => ({
    name,
    dtype: 'F32',
    shape,
    data,
  });
  await writeSafetensors(join(folder, 'sae_weights.safetensors'), [
    tensor('W_enc', [D, F], weights.wEnc),
    tensor('b_enc', [F], weights.bEnc),
    tensor('W_dec', [F, dOut], weights.wDec),
    tensor('b_dec', [dOut], weights.bDec),
    tensor('threshold', [F], weights.threshold),
  ]);
  await writeFile(join(folder, 'cfg.json'), JSON.stringify({ d_in: D, d_sae: F, ...config }));
  return { folder, weights, x: fill(ROWS * D) };
}

type Activation = (pre: number[], weights: Weights) => number[];

const relu: Activation = pre => pre.map(value => Math.max(0, value));
const jumprelu: Activation = (pre, { threshold }) =>
  pre.map((value, f) => (value > threshold[f] ? Math.max(0, value) : 0));
const topk =
  (k: number): Activation =>
  pre => {
    const least = [...pre].sort((a, b) => b - a)[k - 1];
    return pre.map(value => (value >= least ? Math.max(0, value) : 0));
  };

/** SAELens' encode and decode, in float64. */
function expected(x: Float32Array, weights: Weights, activation: Activation, subtracts: boolean, dOut = D) {
  const { wEnc, bEnc, wDec, bDec } = weights;
  return Array.from({ length: ROWS }, (_, row) => {
    const input = Array.from({ length: D }, (_, d) => x[row * D + d] - (subtracts ? bDec[d] : 0));
    const pre = Array.from({ length: F }, (_, f) =>
      input.reduce((sum, value, d) => sum + value * wEnc[d * F + f], bEnc[f]),
    );
    const acts = activation(pre, weights);
    const out = Array.from({ length: dOut }, (_, d) =>
      acts.reduce((sum, a, f) => sum + a * wDec[f * dOut + d], bDec[d]),
    );
    return { acts, out };
  });
}

const now = (architecture: string, hook_name: string, more: object = {}) => ({
  architecture,
  apply_b_dec_to_input: !architecture.includes('transcoder'),
  normalize_activations: 'none',
  reshape_activations: 'none',
  dtype: 'float32',
  metadata: { hook_name, model_name: 'gpt2-small', sae_lens_version: '6.20.0' },
  ...more,
});

const cases: readonly (readonly [string, object, Activation, boolean, string])[] = [
  ['standard', now('standard', 'blocks.8.hook_resid_pre'), relu, true, 'residual stream'],
  ['jumprelu', now('jumprelu', 'blocks.3.attn.hook_z', { reshape_activations: 'hook_z' }), jumprelu, true, 'attention'],
  ['topk', now('topk', 'blocks.2.hook_mlp_out', { k: 9 }), topk(9), true, 'MLP output'],
  [
    'no bias taken off',
    now('standard', 'blocks.0.hook_attn_out', { apply_b_dec_to_input: false }),
    relu,
    false,
    'attention',
  ],
  [
    'before SAELens 6',
    {
      hook_point: 'blocks.5.hook_resid_post',
      model_name: 'gpt2',
      activation_fn_str: 'relu',
      normalize_activations: false,
    },
    relu,
    true,
    'residual stream',
  ],
  [
    'topk before SAELens 6',
    { hook_name: 'blocks.5.mlp.hook_out', activation_fn: 'topk', activation_fn_kwargs: { k: 4 } },
    topk(4),
    true,
    'MLP output',
  ],
];

describe("SAELens' autoencoders", () => {
  for (const [name, config, activation, subtracts, site] of cases) {
    test(`${name}: encoded, decoded and described`, async t => {
      const { folder, weights, x } = await folderOf(t, config);
      const sae = await openSparseAutoencoder(folder, { threads: 1 });
      const rows = await sae.encode(x);
      const reference = expected(x, weights, activation, subtracts);
      const decoded = await sae.decode(rows);
      for (const [row, { acts, out }] of reference.entries()) {
        const active = acts.flatMap((value, f) => (value > 0 ? [f] : []));
        const [first, last] = [rows.rowStart[row], rows.rowStart[row + 1]];
        assert.deepEqual([...rows.features.slice(first, last)], active);
        active.forEach((f, i) => assert.ok(Math.abs(rows.values[first + i] - acts[f]) < 1e-5));
        out.forEach((value, d) => assert.ok(Math.abs(decoded[row * D + d] - value) < 1e-4));
      }
      assert.ok(rows.features.length > ROWS && rows.features.length < ROWS * F);
      const described = describeAutoencoder(sae);
      assert.ok(
        described.includes(site) && described.includes(sae.config.hookName) && described.includes('20'),
        described,
      );
      await sae.dispose();
    });
  }

  test('rows of encoder and decoder, place, identity', async t => {
    const { folder, weights } = await folderOf(t, now('standard', 'blocks.8.hook_resid_pre'));
    const sae = await openSparseAutoencoder(folder);
    assert.deepEqual(
      await sae.decoderRows([3, 1]),
      Float32Array.of(...weights.wDec.slice(18, 24), ...weights.wDec.slice(6, 12)),
    );
    const columns = [3, 1].flatMap(f => Array.from({ length: D }, (_, d) => weights.wEnc[d * F + f]));
    assert.deepEqual(await sae.encoderRows([3, 1]), Float32Array.from(columns));
    assert.deepEqual([sae.config.layer, sae.config.modelName, sae.config.isTranscoder], [8, 'gpt2-small', false]);
    const before = await sae.identity();
    await writeFile(join(folder, 'cfg.json'), `${await readFile(join(folder, 'cfg.json'), 'utf8')}\n`);
    assert.notEqual(await (await openSparseAutoencoder(folder)).identity(), before);
    await assert.rejects(sae.encode(new Float32Array(D + 1)), RangeError);
  });

  test('a single transcoder maps to another width', async t => {
    const config = now('jumprelu_transcoder', 'blocks.4.hook_mlp_in', { d_out: 9 });
    const { folder, weights, x } = await folderOf(t, config, 9);
    const transcoder = await openSparseAutoencoder(folder);
    const decoded = await transcoder.decode(await transcoder.encode(x));
    for (const [row, { out }] of expected(x, weights, jumprelu, false, 9).entries()) {
      out.forEach((value, d) => assert.ok(Math.abs(decoded[row * 9 + d] - value) < 1e-4));
    }
    assert.match(describeAutoencoder(transcoder), /single transcoder/);
  });
});

describe('autoencoders that cannot be used', () => {
  test('one in the place of a dictionary: what it is, and why it cannot serve attribution', async t => {
    const { folder } = await folderOf(t, now('standard', 'blocks.8.hook_resid_pre'));
    await assertFails(
      () => openDictionary(folder),
      'file-unsupported',
      folder,
      'a sparse autoencoder of the residual stream blocks.8.hook_resid_pre of gpt2-small',
      'config.yaml',
    );
    await assert.rejects(openDictionary(folder), { remedy: /transcoders/ });
  });

  test('unknown architectures, activations and normalizations list the known ones', async t => {
    for (const [config, field, known] of [
      [now('gated', 'blocks.0.hook_resid_pre'), 'architecture', 'jumprelu'],
      [now('__proto__', 'blocks.0.hook_resid_pre'), 'architecture', 'jumprelu'],
      [{ hook_name: 'blocks.0.x', activation_fn: 'tanh-relu' }, 'activation_fn', 'topk'],
      [now('standard', 'x', { normalize_activations: 'layer_norm' }), 'normalize_activations', 'none'],
      [now('topk', 'x', { k: 3, rescale_acts_by_decoder_norm: true }), 'rescale_acts_by_decoder_norm', 'false'],
    ] as const) {
      const { folder } = await folderOf(t, config);
      const path = join(folder, 'cfg.json');
      await assertFails(() => openSparseAutoencoder(folder), 'file-unsupported', path, `"${field}"`);
      await assert.rejects(openSparseAutoencoder(folder), { remedy: new RegExp(known) });
    }
  });

  test('missing fields, files and tensors; other shapes; NaN; a file cut short', async t => {
    for (const [config, field] of [
      [now('topk', 'blocks.0.hook_resid_pre'), 'k'],
      [{ architecture: 'standard' }, 'hook_name'],
      [now('standard', 'x', { d_sae: 0 }), 'd_sae'],
    ] as const) {
      const { folder } = await folderOf(t, config);
      await assertFails(() => openSparseAutoencoder(folder), 'file-damaged', 'cfg.json', `"${field}"`);
    }
    const { folder } = await folderOf(t, now('jumprelu', 'blocks.0.hook_resid_pre', { d_sae: 21 }));
    const path = join(folder, 'sae_weights.safetensors');
    await assertFails(() => openSparseAutoencoder(folder), 'file-damaged', path, '"W_enc"', '[6, 20]', '[6, 21]');
    await writeFile(join(folder, 'cfg.json'), JSON.stringify({ d_in: D, d_sae: F, ...now('jumprelu', 'x') }));
    const bytes = await readFile(path);
    const ref = tensorIn(await openSafetensors(path), 'threshold');
    bytes.writeFloatLE(NaN, ref.entry.offset + 8);
    await writeFile(path, bytes);
    const sae = await openSparseAutoencoder(folder);
    await assertFails(() => sae.assertFinite(), 'file-damaged', path, '"threshold"', 'NaN at [2]');
    await assertFails(() => sae.encode(new Float32Array(D)), 'file-damaged', path, '"threshold"', 'NaN at [2]');
    await truncate(path, bytes.length - 4);
    await assertFails(() => openSparseAutoencoder(folder), 'file-damaged', path);
    await rm(path);
    await assertFails(() => openSparseAutoencoder(folder), 'file-missing', path);
  });
});
