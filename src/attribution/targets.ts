import type { ModelConfig } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import type { Unembedding } from './unembedding.ts';

/** What a graph is to explain at the last position. */
export type TargetRequest =
  /** The most likely tokens, at most `maxLogits`, until they hold `probability` together. */
  | { readonly kind: 'salient'; readonly maxLogits: number; readonly probability: number }
  /** The given tokens, each with its probability as weight. */
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] }
  /** logit(plus) - logit(minus), with weight 1. */
  | { readonly kind: 'difference'; readonly plus: number; readonly minus: number; readonly label?: string }
  /** Any directions in the final norm's output. */
  | { readonly kind: 'vectors'; readonly targets: readonly VectorTarget[] };

export interface VectorTarget {
  readonly label: string;
  readonly weight: number;
  /** [dModel] */
  readonly vector: Float32Array;
}

/** circuit-tracer's defaults. */
export const SALIENT_LOGITS: TargetRequest = { kind: 'salient', maxLogits: 10, probability: 0.95 };

/** A resolved target: a direction in the final norm's output at the last position. */
export interface LogitTarget {
  /** The vocabulary id; for a direction that is no single token a number from the vocabulary's size upwards. */
  readonly token: number;
  /** What to call a direction; a token is called by its text. */
  readonly label: string | undefined;
  /** Its share in the influence of what lies below: a token's probability. */
  readonly weight: number;
  /** [dModel]; a token's row of W_U less the mean over the vocabulary, as logits are compared centred. */
  readonly vector: Float32Array;
}

/** Probabilities of the next token, in float64. logits, result: [vocabulary] */
export function probabilitiesOf(logits: Float32Array): Float64Array {
  let highest = -Infinity;
  for (let token = 0; token < logits.length; token++) highest = Math.max(highest, logits[token]);
  const probabilities = new Float64Array(logits.length);
  let total = 0;
  for (let token = 0; token < logits.length; token++) {
    total += probabilities[token] = Math.exp(logits[token] - highest);
  }
  for (let token = 0; token < logits.length; token++) probabilities[token] /= total;
  return probabilities;
}

/** The targets of a graph. Errors: `target` for an unknown token, no target at all, or a vector of the wrong length. */
export async function resolveTargets(
  request: TargetRequest,
  probabilities: Float64Array,
  config: ModelConfig,
  unembedding: Unembedding,
  task?: Task,
): Promise<LogitTarget[]> {
  switch (request.kind) {
    case 'salient':
      return tokenTargets(salientTokens(probabilities, request), probabilities, unembedding, task);
    case 'tokens':
      checkTokens(request.tokens, config);
      return tokenTargets(request.tokens, probabilities, unembedding, task);
    case 'difference': {
      const { plus, minus, label = `${plus} - ${minus}` } = request;
      checkTokens([plus, minus], config);
      const rows = await unembedding.rows([plus, minus], task);
      const vector = Float32Array.from({ length: config.dModel }, (_, d) => rows[d] - rows[config.dModel + d]);
      return [{ token: config.vocabularySize, label, weight: 1, vector }];
    }
    case 'vectors':
      return vectorTargets(request.targets, config);
  }
}

/** The k most likely tokens, where k is one more than how many it takes to stay below the wanted probability. */
function salientTokens(probabilities: Float64Array, limits: { maxLogits: number; probability: number }): number[] {
  if (!(limits.maxLogits >= 1) || !(limits.probability > 0 && limits.probability <= 1)) {
    throw new CircuitError(
      'usage',
      `${limits.maxLogits} logits up to a probability of ${limits.probability} cannot be chosen.`,
      'Give at least 1 logit and a probability above 0, up to 1.',
    );
  }
  const tokens: number[] = [];
  let sum = 0;
  for (const token of largest(probabilities, limits.maxLogits)) {
    tokens.push(token);
    sum += probabilities[token];
    if (sum >= limits.probability) break;
  }
  return tokens;
}

/** The places of the `count` largest values, falling; of equal ones the first come first. No sort of the whole. */
function largest(values: Float64Array, count: number): number[] {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (places.length === count && !(values[i] > values[places[count - 1]])) continue;
    let at = places.length;
    while (at > 0 && values[i] > values[places[at - 1]]) at--;
    places.splice(at, 0, i);
    if (places.length > count) places.pop();
  }
  return places;
}

async function tokenTargets(
  tokens: readonly number[],
  probabilities: Float64Array,
  unembedding: Unembedding,
  task: Task | undefined,
): Promise<LogitTarget[]> {
  const mean = await unembedding.mean(task);
  const rows = await unembedding.rows(tokens, task);
  return tokens.map((token, i) => ({
    token,
    label: undefined,
    weight: probabilities[token],
    vector: Float32Array.from(mean, (value, d) => rows[i * mean.length + d] - value),
  }));
}

function vectorTargets(targets: readonly VectorTarget[], config: ModelConfig): LogitTarget[] {
  if (targets.length === 0) throw noTargets();
  return targets.map(({ label, weight, vector }, i) => {
    if (
      vector.length !== config.dModel ||
      !vector.every(Number.isFinite) ||
      !(weight >= 0 && Number.isFinite(weight))
    ) {
      throw new CircuitError(
        'target',
        `The target "${label}" is not a direction of ${config.dModel} finite numbers with a weight of at least 0.`,
        'Give a vector as wide as the residual stream.',
      );
    }
    return { token: config.vocabularySize + i, label, weight, vector };
  });
}

/** Errors: `target` for no tokens, one that the model does not have, or one twice. */
export function checkTokens(tokens: readonly number[], config: ModelConfig): void {
  if (tokens.length === 0) throw noTargets();
  for (const [i, token] of tokens.entries()) {
    if (!Number.isInteger(token) || token < 0 || token >= config.vocabularySize) {
      throw new CircuitError(
        'target',
        `Target ${token} is not a token of the model: ids go from 0 to ${config.vocabularySize - 1} (${config.path}).`,
        'Give a token of the vocabulary.',
      );
    }
    if (tokens.indexOf(token) !== i) {
      throw new CircuitError('target', `Token ${token} is a target twice.`, 'Name each target once.');
    }
  }
}

function noTargets(): CircuitError {
  return new CircuitError('target', 'There is no target.', 'Name at least one token or direction.');
}
