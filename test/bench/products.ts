/**
 * The matrix products of a trace, from first principles. Only products are counted, a multiplication and an addition
 * each: what is done to single numbers (norms, softmax, sums, sorting) is a factor of about dModel less.
 */
import type { ModelConfig } from '../../src/checkpoint/index.ts';
import type { Dictionary } from '../../src/dictionary/index.ts';

export const STAGES = ['forward', 'encode', 'project', 'mix', 'read'] as const;
/** `project`: the transport through value and output matrices; `mix`: through patterns; `read`: direct effects. */
export type Stage = (typeof STAGES)[number];

/** [m, k] x [k, n], `batch` times. */
export interface Product {
  readonly stage: Stage;
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Whether the right side is a weight of the model, known before the run. */
  readonly weight: boolean;
}

/** Of a model with its dictionary: all that the counts depend on. */
export type Sizes = Pick<
  ModelConfig,
  'vocabularySize' | 'dModel' | 'nLayers' | 'nHeads' | 'nKeyValueHeads' | 'headDim' | 'dMlp'
> & {
  /** Matrices of the MLP: 3 with a gate, else 2. */
  readonly mlpMatrices: 2 | 3;
  /** [nLayers] */
  readonly nFeatures: readonly number[];
  readonly hasSkip: boolean;
  readonly crossLayer: boolean;
};

export function sizesOf(config: ModelConfig, dictionary: Dictionary): Sizes {
  return {
    ...config,
    mlpMatrices: config.architecture === 'gpt2' || config.architecture === 'neox' ? 2 : 3,
    nFeatures: dictionary.layers.map(layer => layer.nFeatures),
    hasSkip: dictionary.layers.some(layer => layer.wSkip !== undefined),
    crossLayer: dictionary.kind === 'clt',
  };
}

/** 2 batch m k n: floating-point operations. */
export function flop({ batch, m, k, n }: Product): number {
  return 2 * batch * m * k * n;
}

export function totalFlop(products: readonly Product[], stage?: Stage): number {
  return products.reduce(
    (sum, product) => sum + (stage === undefined || product.stage === stage ? flop(product) : 0),
    0,
  );
}

/** The original model on a prompt, logits of the last position only; the square of scores and patterns in full. */
export function forwardProducts(sizes: Sizes, nTokens: number): Product[] {
  const { dModel, nHeads, nKeyValueHeads, headDim, dMlp, nLayers, vocabularySize } = sizes;
  const linear = (n: number, k = dModel, m = nTokens): Product => ({
    stage: 'forward',
    batch: 1,
    m,
    k,
    n,
    weight: true,
  });
  const square = (k: number, n: number): Product => ({
    stage: 'forward',
    batch: nHeads,
    m: nTokens,
    k,
    n,
    weight: false,
  });
  const layer = [
    linear(nHeads * headDim),
    linear(nKeyValueHeads * headDim),
    linear(nKeyValueHeads * headDim),
    square(headDim, nTokens),
    square(nTokens, headDim),
    linear(dModel, nHeads * headDim),
    ...Array.from({ length: sizes.mlpMatrices - 1 }, () => linear(dMlp)),
    linear(dModel, dMlp),
    ...(sizes.hasSkip ? [linear(dModel)] : []),
  ];
  return [...Array.from({ length: nLayers }, () => layer).flat(), linear(vocabularySize, dModel, 1)];
}

/** Pre-activations of all features at all positions. */
export function encoderProducts({ dModel, nFeatures }: Sizes, nTokens: number): Product[] {
  return nFeatures.map(n => ({ stage: 'encode', batch: 1, m: nTokens, k: dModel, n, weight: true }));
}

/**
 * `rows` cotangents at `nTokens` positions through one frozen layer; `carried` of them come from above, dense, and the others
 * enter at one position each.
 */
export function transportProducts(sizes: Sizes, nTokens: number, rows: number, carried: number): Product[] {
  const { dModel, nHeads, nKeyValueHeads, headDim } = sizes;
  const entering = rows - carried;
  const group = nHeads / nKeyValueHeads;
  const through = (k: number, n: number, m: number): Product => ({ stage: 'project', batch: 1, m, k, n, weight: true });
  const mixed = (batch: number, k: number, n: number): Product => ({
    stage: 'mix',
    batch,
    m: nTokens,
    k,
    n,
    weight: false,
  });
  const products = [
    ...(sizes.hasSkip ? [through(dModel, dModel, nTokens * carried)] : []),
    through(dModel, nHeads * headDim, nTokens * carried),
    through(dModel, nHeads * headDim, entering),
    mixed(nKeyValueHeads, group * nTokens, carried * headDim),
    mixed(nKeyValueHeads * entering, group, headDim),
    through(nKeyValueHeads * headDim, dModel, nTokens * carried),
    through(nKeyValueHeads * headDim, dModel, nTokens * entering),
  ];
  return products.filter(product => flop(product) > 0);
}

/** The direct effects of `width` sources at each of `nTokens` positions on `rows` targets. */
export function readProduct({ dModel }: Sizes, nTokens: number, rows: number, width: number): Product {
  return { stage: 'read', batch: nTokens, m: rows, k: dModel, n: width, weight: false };
}
