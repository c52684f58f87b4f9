import type { ActivationName } from '../checkpoint/index.ts';
import {
  add,
  div,
  gelu,
  geluTanh,
  linear,
  matmul,
  mean,
  mul,
  relu,
  rmsNormalize,
  silu,
  sub,
  tanh,
  type Value,
} from '../onnx/index.ts';

/** A norm over the last axis: RMSNorm, or LayerNorm, which also subtracts the mean and adds a bias. */
export interface NormWeights {
  readonly kind: 'rms' | 'layer';
  /** [dModel]; what the normalised values are multiplied with, so 1 more than what Gemma stores. */
  readonly weight: Value;
  readonly bias?: Value;
  readonly epsilon: number;
}

export interface NormValues {
  /** TransformerLens' hook_normalized: before the weight in an RMSNorm, the output itself in a LayerNorm. */
  readonly normalized: Value;
  /** The denominator sqrt(mean(x^2) + epsilon), of the centred x in a LayerNorm. [.., 1] */
  readonly scale: Value;
  /** What the next matrix reads. [.., dModel] */
  readonly output: Value;
}

/** x: [.., dModel] */
export function norm(x: Value, weights: NormWeights): NormValues {
  const { normalized, scale } = rmsNormalize(centred(x, weights), weights.epsilon);
  const output = affine(mul(normalized, weights.weight), weights.bias);
  return { normalized: weights.kind === 'rms' ? normalized : output, scale, output };
}

/** x minus its mean, which a LayerNorm reads; x itself in an RMSNorm. */
export function centred(x: Value, weights: NormWeights): Value {
  return weights.kind === 'rms' ? x : sub(x, mean(x, [-1], { keep: true }));
}

/** A matrix and a bias [outputs] where the model has one. */
export interface LinearWeights {
  readonly weight: Value;
  /** [outputs, inputs] (PyTorch's Linear) when undefined; GPT-2's Conv1D has [inputs, outputs]. */
  readonly orientation?: 'in-out';
  readonly bias?: Value;
}

export function project(x: Value, { weight, orientation, bias }: LinearWeights): Value {
  return affine(orientation === 'in-out' ? matmul(x, weight) : linear(x, weight), bias);
}

export function affine(x: Value, bias: Value | undefined): Value {
  return bias === undefined ? x : add(x, bias);
}

/** cap * tanh(x / cap) (Gemma-2): nearly x where it is small, never beyond the cap. Without a cap x. */
export function softCap(x: Value, cap: number | undefined): Value {
  return cap === undefined ? x : mul(tanh(div(x, cap)), cap);
}

/** Weights of an MLP with one hidden layer. */
export interface PlainMlpWeights {
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/** down(f(up x)), with f the model's activation function. */
export function plainMlp(x: Value, weights: PlainMlpWeights, activation: ActivationName): Value {
  return project(ACTIVATIONS[activation](project(x, weights.up)), weights.down);
}

/** Weights of a gated MLP. */
export interface GatedMlpWeights extends PlainMlpWeights {
  readonly gate: LinearWeights;
}

/** down(f(gate x) * up x): SwiGLU with silu, GeGLU with gelu (Shazeer 2020). */
export function gatedMlp(x: Value, weights: GatedMlpWeights, activation: ActivationName): Value {
  return project(mul(ACTIVATIONS[activation](project(x, weights.gate)), project(x, weights.up)), weights.down);
}

const ACTIVATIONS: Readonly<Record<ActivationName, (x: Value) => Value>> = { silu, gelu, gelu_tanh: geluTanh, relu };
