import { gatherRows, type TensorRef } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import type { Task } from '../task.ts';

/** The layers whose features write to the MLP output of `outputLayer`. */
export function sourceLayers(dictionary: Dictionary, outputLayer: number): number[] {
  if (dictionary.kind === 'plt') return [outputLayer];
  return Array.from({ length: outputLayer + 1 }, (_, layer) => layer);
}

/** [features.length, dModel]; what features of `layer` write to the MLP output of `outputLayer`, in the order given. */
export function decoderRowsAt(
  dictionary: Dictionary,
  layer: number,
  outputLayer: number,
  features: Uint32Array,
  task?: Task,
): Promise<Float32Array> {
  const { wDec, nFeatures, nOutputs } = dictionary.layers[layer];
  const output = outputLayer - layer;
  // [nFeatures, nOutputs, dModel] read as [nFeatures * nOutputs, dModel]: one row a feature and output.
  const shape = [nFeatures * nOutputs, dictionary.dModel];
  const flat: TensorRef = { path: wDec.path, entry: { ...wDec.entry, shape } };
  const rows = features.map(feature => feature * nOutputs + output);
  return gatherRows(flat, rows, task);
}
