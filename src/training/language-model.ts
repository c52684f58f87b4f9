import { add, div, Graph, mean, mul, reshape, sum, tensor, type Tensors, type Value } from '../onnx/index.ts';
import { buildForward } from '../transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../transformer/inputs.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import { crossEntropy } from './loss.ts';
import { adamW, muon, type AdamSettings, type MuonSettings } from './optimizer.ts';
import { declareParameters, filled, parameterMap, zeros, type Parameter, type Parameters } from './parameters.ts';
import { Random } from '../random.ts';
import { TrainingStep } from './training-step.ts';

/** A batch of token sequences of one length (padded at the end) with the weight of predicting each token. */
export interface LanguageBatch {
  readonly sequences: readonly Int32Array[];
  /** weights[i][t] weighs the prediction of token t from the tokens before it; 0 for padding and the first token. */
  readonly weights: readonly Float32Array[];
}

export interface LanguageModelSettings {
  readonly shape: TransformerShape;
  readonly seed: number;
  /** Standard deviation of the random embedding, which is not trained. */
  readonly embeddingScale: number;
  /** Layers, from the first, whose attention writes nothing. */
  readonly silentAttentionLayers: number;
  /** Weight of the mean square of the MLPs' outputs: makes them write only what is needed. */
  readonly mlpEnergy: number;
  readonly adam: AdamSettings;
  readonly muon: MuonSettings;
  readonly clip: number;
  readonly threads?: number | undefined;
}

/** Random weights under Hugging Face names. Output projections are smaller by 1 / sqrt(2 layers) (GPT-2's rule). */
export function initialLanguageModel({
  shape,
  seed,
  embeddingScale,
  silentAttentionLayers,
}: LanguageModelSettings): Parameters {
  const random = new Random('language-model', seed);
  const { dModel, dMlp, nHeads, nKeyValueHeads, headDim, vocabularySize } = shape;
  const residual = 1 / Math.sqrt(2 * shape.nLayers);
  const matrix = (name: string, rows: number, columns: number, scale: number): Parameter =>
    filled(`${name}.weight`, [rows, columns], () => random.normal() * scale);
  const ones = (name: string): Parameter => filled(`${name}.weight`, [dModel], () => 1);
  const parameters = [matrix('model.embed_tokens', vocabularySize, dModel, embeddingScale)];
  for (let layer = 0; layer < shape.nLayers; layer++) {
    const name = (part: string): string => `model.layers.${layer}.${part}`;
    const output = name('self_attn.o_proj');
    parameters.push(
      ones(name('input_layernorm')),
      matrix(name('self_attn.q_proj'), nHeads * headDim, dModel, dModel ** -0.5),
      matrix(name('self_attn.k_proj'), nKeyValueHeads * headDim, dModel, dModel ** -0.5),
      matrix(name('self_attn.v_proj'), nKeyValueHeads * headDim, dModel, dModel ** -0.5),
      layer < silentAttentionLayers
        ? zeros(`${output}.weight`, [dModel, nHeads * headDim])
        : matrix(output, dModel, nHeads * headDim, (nHeads * headDim) ** -0.5 * residual),
      ones(name('post_attention_layernorm')),
      matrix(name('mlp.gate_proj'), dMlp, dModel, dModel ** -0.5),
      matrix(name('mlp.up_proj'), dMlp, dModel, dModel ** -0.5),
      matrix(name('mlp.down_proj'), dModel, dMlp, dMlp ** -0.5 * residual),
    );
  }
  parameters.push(ones('model.norm'), matrix('lm_head', vocabularySize, dModel, 0.05));
  return parameterMap(parameters);
}

/** The parameters that stay as they are: the embedding, and attention that is switched off. */
export function isFrozen(name: string, { silentAttentionLayers }: LanguageModelSettings): boolean {
  const layer = /^model\.layers\.(\d+)\.self_attn/.exec(name);
  return name.startsWith('model.embed_tokens') || (layer !== null && Number(layer[1]) < silentAttentionLayers);
}

/** A language model in training: layer matrices by Muon, the rest by AdamW. */
export async function languageModelStep(
  parameters: Parameters,
  settings: LanguageModelSettings,
): Promise<TrainingStep> {
  const graph = new Graph();
  const { shape } = settings;
  const values = declareParameters(graph, parameters.values());
  const forward = buildForward(shape, { weight: name => values.get(name)! }, forwardInputs(graph, shape));
  const targets = graph.input('targets', 'int64', ['rows']);
  const weights = graph.input('target_weights', 'float32', ['rows']);
  const rows = reshape(forward.logits, ['rows', shape.vocabularySize]);
  const losses = crossEntropy(rows, targets);
  const language = div(sum(mul(losses, weights), [0]), sum(weights, [0]));
  const energy = meanMlpEnergy(
    forward.layers.map(layer => layer.mlpOut),
    weights,
  );
  const loss = settings.mlpEnergy === 0 ? language : add(language, mul(energy, settings.mlpEnergy));
  const trained = [...parameters.values()].filter(({ name }) => !isFrozen(name, settings));
  const isLayerMatrix = (parameter: Parameter): boolean =>
    parameter.shape.length === 2 && parameter.name.startsWith('model.layers.');
  const isNorm = (parameter: Parameter): boolean => parameter.shape.length === 1;
  const noDecay = { ...settings.adam, weightDecay: 0 };
  return TrainingStep.build(
    graph,
    [
      { parameters: trained.filter(isLayerMatrix), update: (g, step, t) => muon(g, step, t, settings.muon) },
      { parameters: trained.filter(isNorm), update: (g, step, t) => adamW(g, step, t, noDecay) },
      {
        parameters: trained.filter(parameter => !isLayerMatrix(parameter) && !isNorm(parameter)),
        update: (g, step, t) => adamW(g, step, t, settings.adam),
      },
    ],
    values,
    loss,
    { language, energy, losses },
    {
      clip: settings.clip,
      beta1: settings.adam.beta1,
      beta2: settings.adam.beta2,
      threads: settings.threads,
      frozen: [...parameters.values()].filter(({ name }) => isFrozen(name, settings)),
    },
  );
}

/** Feeds of one step: tokens, and as targets the tokens one place later. */
export function languageFeeds(shape: TransformerShape, { sequences, weights }: LanguageBatch): Tensors {
  const length = sequences[0].length - 1;
  const targets = new BigInt64Array(sequences.length * length);
  const targetWeights = new Float32Array(sequences.length * length);
  sequences.forEach((sequence, row) => {
    for (let t = 0; t < length; t++) {
      targets[row * length + t] = BigInt(sequence[t + 1]);
      targetWeights[row * length + t] = weights[row][t + 1];
    }
  });
  return {
    ...forwardFeeds(
      shape,
      sequences.map(sequence => sequence.subarray(0, length)),
    ),
    targets: tensor(targets, [targets.length]),
    target_weights: tensor(targetWeights, [targetWeights.length]),
  };
}

/** Mean over predicted tokens and coordinates of the squared MLP outputs, summed over the layers. */
function meanMlpEnergy(outputs: readonly Value[], weights: Value): Value {
  const total = sum(weights, [0]);
  return outputs
    .map(output => {
      const square = mean(mul(output, output), [-1]);
      return div(sum(mul(reshape(square, ['rows']), weights), [0]), total);
    })
    .reduce((a, b) => add(a, b));
}
