import { add, div, Graph, mul, slice, stack, sub, sum, tensor, type Tensors, type Value } from '../onnx/index.ts';
import type { MlpActivations } from './harvest.ts';
import { normalizedBatch, type Normalization } from './normalization.ts';
import { adamW } from './optimizer.ts';
import { declareParameters, type Parameter, type Parameters } from './parameters.ts';
import { Random } from '../random.ts';
import { resampleDeadFeatures } from './resample.ts';
import { TrainingStep } from './training-step.ts';
import { declareThresholds, encodeLayer, Reconstruction, type TranscoderShape } from './transcoder-model.ts';

export interface TranscoderSettings {
  readonly shape: TranscoderShape;
  readonly seed: number;
  /** Wanted mean number of active features of each layer. */
  readonly active: readonly number[];
  readonly batch: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly clip: number;
  /** Steps without firing after which a feature counts as dead. */
  readonly deadAfter: number;
  readonly threads?: number | undefined;
}

export interface TranscoderStepMetrics {
  /** Weighted mean squared error of normalized outputs, summed over layers. */
  readonly loss: number;
  /** Mean active features, and fraction of variance unexplained, of each layer, on this batch. */
  readonly active: Float32Array;
  readonly unexplained: Float32Array;
  /** Number of features of each layer that have not fired for `deadAfter` steps. */
  readonly dead: number[];
}

/** How fast a threshold follows the wanted number of active features. */
const THRESHOLD_RATE = 0.05;
const FIRST_THRESHOLD = 0.05;

/** Trains a transcoder on batches of harvested activations. */
export class TranscoderTrainer {
  readonly thresholds: Float32Array;
  readonly parameters: Parameters;
  readonly step: TrainingStep;
  /** Steps since each feature last fired. [layers * features] */
  readonly silent: Float32Array;
  #settings: TranscoderSettings;
  #wanted: readonly number[];

  private constructor(settings: TranscoderSettings, parameters: Parameters, step: TrainingStep) {
    this.#settings = settings;
    this.#wanted = settings.active;
    this.parameters = parameters;
    this.step = step;
    this.thresholds = new Float32Array(settings.shape.nLayers).fill(FIRST_THRESHOLD);
    this.silent = new Float32Array(settings.shape.nLayers * settings.shape.nFeatures);
  }

  static async create(settings: TranscoderSettings, parameters: Parameters): Promise<TranscoderTrainer> {
    const graph = new Graph();
    const { shape, batch } = settings;
    const values = declareParameters(graph, parameters.values());
    const width = shape.nLayers * shape.dModel;
    const x = graph.input('x', 'float32', [batch, width]);
    const y = graph.input('y', 'float32', [batch, width]);
    const weights = graph.input('row_weights', 'float32', [batch]);
    const thresholds = declareThresholds(graph, shape);
    const reconstruction = new Reconstruction(shape, values);
    const encoded = Array.from({ length: shape.nLayers }, (_, layer) => {
      const input = slice(x, 1, layer * shape.dModel, (layer + 1) * shape.dModel);
      const encodedLayer = encodeLayer(values, layer, input, thresholds);
      reconstruction.write(layer, encodedLayer.activations);
      return encodedLayer;
    });
    const squares = encoded.map((_, layer) => {
      const target = slice(y, 1, layer * shape.dModel, (layer + 1) * shape.dModel);
      const error = sub(target, reconstruction.output(layer));
      return sum(mul(error, error), [1]);
    });
    const total = squares.reduce((a, b) => add(a, b));
    const loss = div(sum(mul(total, weights), [0]), mul(sum(weights, [0]), shape.dModel));
    const metrics: Record<string, Value> = {
      fired: stack(
        encoded.map(layer => sum(layer.active, [0])),
        0,
      ),
      squares: stack(squares, 0),
    };
    const step = await TrainingStep.build(
      graph,
      [
        {
          parameters: [...parameters.values()],
          update: (g, inputs, trained) => adamW(g, inputs, trained, { ...settings, weightDecay: 0 }),
        },
      ],
      values,
      loss,
      metrics,
      { clip: settings.clip, beta1: settings.beta1, beta2: settings.beta2, threads: settings.threads },
    );
    return new TranscoderTrainer(settings, parameters, step);
  }

  /** One step on rows drawn from `activations`; `step` counts from 1. `sparsity` scales the wanted active features. */
  async run(
    activations: MlpActivations,
    normalization: { readonly inputs: Normalization; readonly outputs: Normalization },
    step: number,
    learningRate: number,
    sparsity: number,
  ): Promise<TranscoderStepMetrics> {
    const { shape, batch, seed } = this.#settings;
    const random = new Random('transcoder-batch', seed, step);
    const rows = Int32Array.from({ length: batch }, () => random.integer(activations.count));
    const data = normalizedBatch(activations, rows, normalization.inputs, normalization.outputs);
    const result = await this.step.run(this.#feeds(data), step, learningRate);
    const { fired, squares } = result;
    const active = new Float32Array(shape.nLayers);
    for (let layer = 0; layer < shape.nLayers; layer++) {
      for (let feature = 0; feature < shape.nFeatures; feature++) {
        const index = layer * shape.nFeatures + feature;
        active[layer] += fired[index] / batch;
        this.silent[index] = fired[index] > 0 ? 0 : this.silent[index] + 1;
      }
      const wanted = this.#wanted[layer] * sparsity;
      const excess = Math.max(-1, Math.min(1, Math.log(Math.max(active[layer], 1e-3) / wanted)));
      this.thresholds[layer] *= Math.exp(THRESHOLD_RATE * excess);
    }
    return {
      loss: result.loss[0],
      active,
      unexplained: this.#unexplained(squares, data.y),
      dead: this.deadFeatures().map(features => features.length),
    };
  }

  /** Changes the wanted number of active features of each layer. */
  aim(active: readonly number[]): void {
    this.#wanted = active;
  }

  /** Everything that changes in training, by name: what is saved and restored. */
  tensors(): Parameter[] {
    return [
      ...this.parameters.values(),
      ...this.step.state,
      { name: 'thresholds', shape: [this.thresholds.length], data: this.thresholds },
      { name: 'silent', shape: [this.silent.length], data: this.silent },
    ];
  }

  /** Takes over what `tensors` gave, after its data were read from a file. */
  restore(tensors: readonly Parameter[]): void {
    for (const { name, data } of tensors) {
      if (name === 'thresholds') this.thresholds.set(data);
      if (name === 'silent') this.silent.set(data);
    }
  }

  /** Indices of the dead features of each layer. */
  deadFeatures(): number[][] {
    const { nLayers, nFeatures } = this.#settings.shape;
    return Array.from({ length: nLayers }, (_, layer) =>
      Array.from({ length: nFeatures }, (_unused, feature) => feature).filter(
        feature => this.silent[layer * nFeatures + feature] >= this.#settings.deadAfter,
      ),
    );
  }

  /** Points dead features at rows that are reconstructed badly. */
  resample(
    activations: MlpActivations,
    normalization: { readonly inputs: Normalization; readonly outputs: Normalization },
    step: number,
  ): void {
    const { shape, seed } = this.#settings;
    const random = new Random('transcoder-resample', seed, step);
    resampleDeadFeatures(shape, this.parameters, this.step.state, this.deadFeatures(), this.thresholds, random, () => {
      const rows = Int32Array.of(random.integer(activations.count));
      return normalizedBatch(activations, rows, normalization.inputs, normalization.outputs);
    });
    this.deadFeatures().forEach((features, layer) => {
      for (const feature of features) this.silent[layer * shape.nFeatures + feature] = 0;
    });
  }

  #feeds({ x, y, weights }: { x: Float32Array; y: Float32Array; weights: Float32Array }): Tensors {
    const { batch, shape } = this.#settings;
    const width = shape.nLayers * shape.dModel;
    return {
      x: tensor(x, [batch, width]),
      y: tensor(y, [batch, width]),
      row_weights: tensor(weights, [batch]),
      thresholds: tensor(this.thresholds, [shape.nLayers]),
    };
  }

  /** Outputs are normalized to mean 0 and mean square 1, so the mean squared error is the unexplained fraction. */
  #unexplained(squares: Float32Array, y: Float32Array): Float32Array {
    const { batch, shape } = this.#settings;
    const width = shape.nLayers * shape.dModel;
    return Float32Array.from({ length: shape.nLayers }, (_, layer) => {
      let error = 0;
      let variance = 0;
      for (let row = 0; row < batch; row++) {
        error += squares[layer * batch + row];
        for (let j = layer * shape.dModel; j < (layer + 1) * shape.dModel; j++) variance += y[row * width + j] ** 2;
      }
      return error / variance;
    });
  }
}
