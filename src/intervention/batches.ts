import type { Checkpoint } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import { tensor, type Tensors } from '../onnx/index.ts';

/** Positions that run together: enough to keep the matmuls busy, few enough to stay in memory. */
const BATCH_POSITIONS = 4096;

/** Indices of sequences of one length, in groups that run together. Each index occurs once. */
export function batchesOf(sequences: readonly ArrayLike<number>[]): number[][] {
  const byLength = new Map<number, number[]>();
  sequences.forEach(({ length }, index) => {
    const known = byLength.get(length);
    if (known === undefined) byLength.set(length, [index]);
    else known.push(index);
  });
  const batches: number[][] = [];
  for (const [length, indices] of byLength) {
    const rows = Math.max(1, Math.floor(BATCH_POSITIONS / length));
    for (let first = 0; first < indices.length; first += rows) batches.push(indices.slice(first, first + rows));
  }
  return batches;
}

/** The places whose logits are read, as the input `places`: each row's last position, or all of them in order. */
export function placeFeeds(nRows: number, nTokens: number, which: 'last' | 'all'): Tensors {
  const perRow = which === 'all' ? nTokens : 1;
  const places = new BigInt64Array(nRows * perRow * 2);
  for (let i = 0; i < nRows * perRow; i++) {
    places[2 * i] = BigInt(Math.floor(i / perRow));
    places[2 * i + 1] = BigInt(which === 'all' ? i % perRow : nTokens - 1);
  }
  return { places: tensor(places, [nRows * perRow, 2]) };
}

/** Errors: `prompt` for no tokens, more than the model's context, or an id outside its vocabulary. */
export function checkSequence({ config }: Checkpoint, tokens: ArrayLike<number>): void {
  if (tokens.length === 0) {
    throw new CircuitError('prompt', 'A prompt has no tokens.', 'Give at least one token.');
  }
  if (tokens.length > config.contextLength) {
    throw new CircuitError(
      'prompt',
      `A prompt has ${tokens.length} tokens but the model reads ${config.contextLength} (${config.path}).`,
      'Shorten it.',
    );
  }
  for (let position = 0; position < tokens.length; position++) {
    const id = tokens[position];
    if (Number.isInteger(id) && id >= 0 && id < config.vocabularySize) continue;
    throw new CircuitError(
      'prompt',
      `Token ${id} at position ${position} is not in the model's vocabulary of ${config.vocabularySize} (${config.path}).`,
      'The prompt was encoded by another tokenizer: use the one that belongs to the model.',
    );
  }
}
