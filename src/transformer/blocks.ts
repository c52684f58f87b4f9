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

/** The weights of an MLP with one hidden layer, gated (SwiGLU with silu, GeGLU with gelu; Shazeer 2020) or plain. */
export interface MlpWeights {
  readonly up: LinearWeights;
  readonly gate?: LinearWeights;
  readonly down: LinearWeights;
  readonly activation: ActivationName;
}

/** The hidden layer of an MLP, each [.., dMlp]. */
export interface NeuronValues {
  /** up x; in a plain MLP the pre-activation. */
  readonly up: Value;
  /** gate x, the pre-activation of a gated MLP. */
  readonly gate: Value | undefined;
  /** f(up x), or f(gate x) * up x: what a neuron's column of `down` is multiplied with. */
  readonly activation: Value;
}

/** x: [.., dModel] */
export function neurons(x: Value, weights: MlpWeights): NeuronValues {
  const activate = ACTIVATIONS[weights.activation];
  const up = project(x, weights.up);
  if (weights.gate === undefined) return { up, gate: undefined, activation: activate(up) };
  const gate = project(x, weights.gate);
  return { up, gate, activation: mul(activate(gate), up) };
}

/** What an MLP writes. x, result: [.., dModel] */
export function mlp(x: Value, weights: MlpWeights): Value {
  return project(neurons(x, weights).activation, weights.down);
}

const ACTIVATIONS: Readonly<Record<ActivationName, (x: Value) => Value>> = { silu, gelu, gelu_tanh: geluTanh, relu };
