import {
  add,
  div,
  exp,
  Graph,
  logSoftmax,
  mul,
  reshape,
  stopGradient,
  sub,
  sum,
  tensor,
  where,
  type Tensors,
  type Value,
} from '../onnx/index.ts';
import { buildForward, type MlpReplacement } from '../transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../transformer/inputs.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import type { WeightedSequence } from './harvest.ts';
import type { Normalization } from './normalization.ts';
import { adamW } from './optimizer.ts';
import { declareParameters, type Parameters } from './parameters.ts';
import { TrainingStep } from './training-step.ts';
import { declareThresholds, encodeLayer, Reconstruction } from './transcoder-model.ts';
import type { TranscoderSettings } from './transcoder-trainer.ts';

/**
 * Trains a transcoder through the language model: its MLPs are replaced by the reconstruction, and the divergence of the
 * replacement model's next-token distributions from the original's is lowered (end-to-end training; Braun et al. 2024).
 * Position 0 keeps the original MLPs. The parameters are shared with a TranscoderTrainer; the optimizer's averages are
 * of this loss alone.
 */
export class TranscoderFinetune {
  #shape: TransformerShape;
  #step: TrainingStep;
  readonly state: TrainingStep['state'];

  private constructor(shape: TransformerShape, step: TrainingStep) {
    this.#shape = shape;
    this.#step = step;
    this.state = step.state;
  }

  static async create(
    shape: TransformerShape,
    languageModel: Parameters,
    settings: TranscoderSettings,
    parameters: Parameters,
    normalization: { readonly inputs: Normalization; readonly outputs: Normalization },
  ): Promise<TranscoderFinetune> {
    const graph = new Graph();
    const weights = declareParameters(graph, languageModel.values());
    const values = declareParameters(graph, parameters.values());
    const source = { weight: (name: string): Value => weights.get(name)! };
    const inputs = forwardInputs(graph, shape);
    const keepsMlp = graph.input('keeps_mlp', 'bool', ['tokens', 1]);
    const original = buildForward(shape, source, inputs);
    const thresholds = declareThresholds(graph, settings.shape);
    const reconstruction = new Reconstruction(settings.shape, values);
    const replaceMlp: MlpReplacement = (layer, { norm }) => {
      const x = normalized(norm.output, normalization.inputs, layer);
      reconstruction.write(layer, encodeLayer(values, layer, x, thresholds).activations);
      const output = denormalized(reconstruction.output(layer), normalization.outputs, layer);
      const mlpOut = original.layers[layer].mlpOut;
      return where(keepsMlp, mlpOut, reshape(output, mlpOut.shape));
    };
    const replacement = buildForward(shape, source, inputs, replaceMlp);
    const rowWeights = graph.input('row_weights', 'float32', ['rows']);
    const rows = (logits: Value): Value => logSoftmax(reshape(logits, ['rows', shape.vocabularySize]));
    const reference = stopGradient(rows(original.logits));
    const divergence = sum(mul(exp(reference), sub(reference, rows(replacement.logits))), [1]);
    const loss = div(sum(mul(divergence, rowWeights), [0]), sum(rowWeights, [0]));
    const step = await TrainingStep.build(
      graph,
      [
        {
          parameters: [...parameters.values()],
          update: (g, stepInputs, trained) => adamW(g, stepInputs, trained, { ...settings, weightDecay: 0 }),
        },
      ],
      values,
      loss,
      {},
      { ...settings, frozen: [...languageModel.values()] },
    );
    return new TranscoderFinetune(shape, step);
  }

  /** One step on sequences of one length (padded; weight 0 leaves a position out). Returns the mean divergence in nats. */
  async run(
    batch: readonly WeightedSequence[],
    thresholds: Float32Array,
    step: number,
    learningRate: number,
  ): Promise<number> {
    const nTokens = batch[0].tokens.length;
    const weights = new Float32Array(batch.length * nTokens);
    batch.forEach((sequence, row) => weights.set(sequence.weights, row * nTokens));
    const feeds: Tensors = {
      ...forwardFeeds(
        this.#shape,
        batch.map(({ tokens }) => tokens),
      ),
      keeps_mlp: tensor(
        Uint8Array.from({ length: nTokens }, (_, position) => Number(position === 0)),
        [nTokens, 1],
      ),
      row_weights: tensor(weights, [weights.length]),
      thresholds: tensor(thresholds, [thresholds.length]),
    };
    return (await this.#step.run(feeds, step, learningRate))['loss'][0];
  }
}

/** [batch, tokens, dModel] in the model's units -> [rows, dModel] in the transcoder's. */
function normalized(x: Value, { mean, scale }: Normalization, layer: number): Value {
  const dModel = Number(x.shape[2]);
  const shift = x.graph.constant(mean.slice(layer * dModel, (layer + 1) * dModel), [dModel]);
  return mul(sub(reshape(x, ['rows', dModel]), shift), 1 / scale[layer]);
}

function denormalized(y: Value, { mean, scale }: Normalization, layer: number): Value {
  const dModel = Number(y.shape[1]);
  const shift = y.graph.constant(mean.slice(layer * dModel, (layer + 1) * dModel), [dModel]);
  return add(mul(y, scale[layer]), shift);
}
