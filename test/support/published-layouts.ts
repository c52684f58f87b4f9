/** A reference case's dictionary written anew in the layouts that others publish, with the same numbers. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFloat32, writeSafetensors, type TensorRef, type WritableTensor } from '../../src/checkpoint/index.ts';
import { openDictionary, type DictionaryLayer } from '../../src/dictionary/index.ts';
import { referenceCase } from './reference.ts';
import { npyOf, zipOf } from './zip.ts';

export type PublishedLayout = 'gemma-scope' | 'gemma-scope-deflated' | 'gemma-scope-2' | 'saelens';

/**
 * Writes `folder`/dictionary/config.yaml, which lists the layers' files as `hf://` (every second one with a revision),
 * and the files in `folder`/cache as huggingface_hub would keep them. Thresholds are 0 where the case is a ReLU one.
 */
export async function writePublished(
  folder: string,
  name: string,
  layout: PublishedLayout,
): Promise<{ dictionary: string; cache: string }> {
  const source = join(await referenceCase(name), 'transcoders');
  const { layers, dModel } = await openDictionary(source);
  const cache = join(folder, 'cache');
  const listed: string[] = [];
  for (const layer of layers) {
    const tensors = await tensorsOf(layer, layers.length, dModel, layout);
    const isArchive = layout.startsWith('gemma-scope') && layout !== 'gemma-scope-2';
    const path = `layer_${layer.layer}/width_24/${isArchive ? 'params.npz' : 'params.safetensors'}`;
    const revision = layer.layer % 2 === 0 ? 'main' : 'v1';
    const commit = (revision === 'main' ? 'a' : 'b').repeat(40);
    const root = join(cache, 'models--someone--dictionary');
    const file = join(root, 'snapshots', commit, path);
    await mkdir(dirname(file), { recursive: true });
    await mkdir(join(root, 'refs'), { recursive: true });
    await writeFile(join(root, 'refs', revision), `${commit}\n`);
    if (isArchive) await writeFile(file, archiveOf(tensors, layout === 'gemma-scope-deflated'));
    else await writeSafetensors(file, tensors);
    listed.push(`hf://someone/dictionary/${path}${revision === 'main' ? '' : `?revision=${revision}`}`);
  }
  const dictionary = join(folder, 'dictionary');
  await mkdir(dictionary, { recursive: true });
  const config = await readFile(join(source, 'config.yaml'), 'utf8');
  const lines = listed.map(entry => `- ${entry}\n`).join('');
  await writeFile(join(dictionary, 'config.yaml'), `${config.trimEnd()}\ntranscoders:\n${lines}`);
  return { dictionary, cache };
}

async function tensorsOf(
  part: DictionaryLayer,
  nLayers: number,
  dModel: number,
  layout: PublishedLayout,
): Promise<WritableTensor[]> {
  const { nFeatures, nOutputs, layer, wSkip } = part;
  const f32 = (name: string, shape: number[], data: Float32Array): WritableTensor => ({
    name,
    dtype: 'F32',
    shape,
    data,
  });
  const vector = async (name: string, ref: TensorRef) => f32(name, [...ref.entry.shape], await readFloat32(ref));
  const isSecond = layout === 'gemma-scope-2';
  const encoder = transposed(await readFloat32(part.wEnc), nFeatures, dModel);
  const tensors = [
    f32(isSecond ? 'w_enc' : 'W_enc', [dModel, nFeatures], encoder),
    await vector('b_enc', part.bEnc),
    await vector('b_dec', part.bDec),
  ];
  if (layout !== 'saelens' || part.threshold !== undefined) {
    const threshold = part.threshold === undefined ? new Float32Array(nFeatures) : await readFloat32(part.threshold);
    tensors.push(f32('threshold', [nFeatures], threshold));
  }
  const decoder = await readFloat32(part.wDec);
  if (isSecond && part.wDec.entry.shape.length === 3) {
    // Rows for the layers before its own are there too; NaN shows whoever reads them.
    const wide = new Float32Array(nFeatures * nLayers * dModel).fill(NaN);
    for (let feature = 0; feature < nFeatures; feature++) {
      const rows = decoder.subarray(feature * nOutputs * dModel, (feature + 1) * nOutputs * dModel);
      wide.set(rows, (feature * nLayers + layer) * dModel);
    }
    tensors.push(f32('w_dec', [nFeatures, nLayers, dModel], wide));
  } else {
    tensors.push(f32(isSecond ? 'w_dec' : 'W_dec', [nFeatures, dModel], decoder));
  }
  if (wSkip !== undefined) {
    const skip = await readFloat32(wSkip.ref);
    const turn = isSecond === (wSkip.orientation === 'out-in');
    const data = turn ? transposed(skip, dModel, dModel) : skip;
    tensors.push(f32(isSecond ? 'affine_skip_connection' : 'W_skip', [dModel, dModel], data));
  }
  return tensors;
}

/** [columns, rows] of [rows, columns]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

function archiveOf(tensors: readonly WritableTensor[], deflate: boolean): Buffer {
  return zipOf(
    tensors.map(({ name, shape, data }) => ({
      name: `${name}.npy`,
      data: npyOf(shape, data as Float32Array),
      deflate,
    })),
  );
}
