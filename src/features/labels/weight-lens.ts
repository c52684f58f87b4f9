import { throwIfCancelled, type Task } from '../../task.ts';
import type { ActivationSource, TokenLogit } from '../source.ts';

/**
 * Tokens of a feature from the weights (WeightLens, arXiv 2510.14936, steps 1 and 2): tokens whose embedding the encoder
 * points at are candidates; those are kept that really make the feature fire in a forward pass of [BOS, token].
 */
export interface FiringTokens {
  /** `logit` is the activation here; strongest first, equal ones by token id. */
  of(layer: number, feature: number): readonly TokenLogit[];
}

export interface AloneOptions {
  /** The model's own token for the beginning of a sequence. */
  readonly bos: number;
  readonly vocabularySize: number;
  /**
   * Step 1 for large vocabularies, by `projectionOutliers`. Without it every token of the vocabulary is a candidate of
   * every feature, which is exact, and takes one pass over sequences of two tokens.
   */
  readonly candidates?: (layer: number, feature: number) => ArrayLike<number>;
  /** Tokens kept for each feature. */
  readonly most: number;
  readonly batchSequences: number;
}

/** Which tokens make which features fire alone. Errors: `cancelled`. */
export async function tokensThatFireAlone(
  source: ActivationSource,
  options: AloneOptions,
  task?: Task,
): Promise<FiringTokens> {
  const { tokens, wanted } = candidateTokens(source, options);
  const kept = Array.from({ length: source.nLayers }, () => new Map<number, TokenLogit[]>());
  for (let from = 0; from < tokens.length; from += options.batchSequences) {
    throwIfCancelled(task);
    const batch = tokens.slice(from, from + options.batchSequences);
    const activations = await source.encode(batch.map(token => Int32Array.of(options.bos, token)));
    for (const [i, token] of batch.entries()) {
      for (const [layer, { position, feature, value }] of activations[i].entries()) {
        for (let entry = 0; entry < value.length; entry++) {
          const f = feature[entry];
          if (position[entry] !== 1 || value[entry] <= 0 || wanted?.[layer].get(f)?.has(token) === false) continue;
          keep(kept[layer], f, { token, logit: value[entry] }, options.most);
        }
      }
    }
    task?.progress?.('tokens alone', from + batch.length, tokens.length);
  }
  return { of: (layer, feature) => kept[layer].get(feature) ?? [] };
}

/**
 * Step 1: of the `most` tokens with the largest projection [V] (W_enc . embedding), those that stand out by more than `z`
 * standard deviations of the whole vocabulary; largest first.
 */
export function projectionOutliers(projection: Float32Array, most = 1000, z = 3): Int32Array {
  let sum = 0;
  for (const value of projection) sum += value;
  const mean = sum / projection.length;
  let squares = 0;
  for (const value of projection) squares += (value - mean) ** 2;
  const bar = mean + z * Math.sqrt(squares / projection.length);
  const above: number[] = [];
  for (let token = 0; token < projection.length; token++) if (projection[token] > bar) above.push(token);
  return Int32Array.from(above.sort((a, b) => projection[b] - projection[a] || a - b).slice(0, most));
}

function candidateTokens(source: ActivationSource, options: AloneOptions) {
  const { candidates } = options;
  if (candidates === undefined) return { tokens: Array.from({ length: options.vocabularySize }, (_, token) => token) };
  const all = new Set<number>();
  const wanted = Array.from({ length: source.nLayers }, (_, layer) => {
    const ofLayer = new Map<number, Set<number>>();
    for (let feature = 0; feature < source.nFeatures(layer); feature++) {
      const tokens = new Set(Array.from(candidates(layer, feature)));
      for (const token of tokens) all.add(token);
      ofLayer.set(feature, tokens);
    }
    return ofLayer;
  });
  return { tokens: [...all].sort((a, b) => a - b), wanted };
}

function keep(kept: Map<number, TokenLogit[]>, feature: number, found: TokenLogit, most: number): void {
  const tokens = kept.get(feature) ?? [];
  kept.set(feature, tokens);
  const before = tokens.findIndex(
    ({ token, logit }) => found.logit > logit || (found.logit === logit && found.token < token),
  );
  tokens.splice(before < 0 ? tokens.length : before, 0, found);
  if (tokens.length > most) tokens.pop();
}
