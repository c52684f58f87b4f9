import { evaluationSets } from '../../corpus/index.ts';
import { evaluate, type Predictor } from '../evaluate.ts';
import type { OpenPack } from './pack.ts';

/** Accuracy on each evaluation set, of the model or of its replacement model. */
export async function accuracies(
  pack: OpenPack,
  which: 'model' | 'replacement',
  wanted: (set: string) => boolean = () => true,
): Promise<Record<string, number>> {
  const { intervention } = pack;
  const predict: Predictor = async sequences => {
    const rows =
      which === 'model'
        ? (await intervention.run(sequences.map(tokens => ({ tokens })))).map(({ logits }) => logits)
        : await intervention.replacementLogits(sequences);
    const all = new Float32Array(rows.length * rows[0].length);
    rows.forEach((row, index) => all.set(row, index * row.length));
    return all;
  };
  const result: Record<string, number> = {};
  for (const [set, items] of Object.entries(evaluationSets())) {
    if (!wanted(set)) continue;
    const { correct, total } = await evaluate(items, predict);
    result[set] = correct / total;
  }
  return result;
}
