import { gatherRows, type OpenFiles } from '../checkpoint/index.ts';
import { decoderTable, type Dictionary } from '../dictionary/index.ts';
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
  files?: OpenFiles,
): Promise<Float32Array> {
  const { table, rowOf } = decoderTable(dictionary.layers[layer]);
  const rows = Array.from(features, feature => rowOf(feature, outputLayer - layer));
  return gatherRows(table, rows, task, files);
}
