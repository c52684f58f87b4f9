import { createSession, encodeModel, Graph, type OnnxSession, type Value } from '../onnx/index.ts';
import { buildForward, type MlpReplacement } from '../transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../transformer/inputs.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import { declareParameters, parameterFeeds, type Parameters } from './parameters.ts';

/** Writes a replacement of the MLPs over the declared values; undefined keeps the original. */
export type ReplacementBuilder = (graph: Graph, values: ReadonlyMap<string, Value>) => MlpReplacement;

/** Runs a model whose weights are in memory: while it is trained, before it is a checkpoint. */
export class ParameterPredictor {
  #shape: TransformerShape;
  #parameters: readonly Parameters[];
  #session: OnnxSession;

  private constructor(shape: TransformerShape, parameters: readonly Parameters[], session: OnnxSession) {
    this.#shape = shape;
    this.#parameters = parameters;
    this.#session = session;
  }

  /** `parameters` are the model's, and those of a replacement of its MLPs if there is one. */
  static async create(
    shape: TransformerShape,
    parameters: readonly Parameters[],
    replacement?: ReplacementBuilder,
  ): Promise<ParameterPredictor> {
    const graph = new Graph();
    const values = declareParameters(
      graph,
      parameters.flatMap(part => [...part.values()]),
    );
    const forward = buildForward(
      shape,
      { weight: name => values.get(name)! },
      forwardInputs(graph, shape),
      replacement?.(graph, values),
    );
    const session = await createSession(encodeModel(graph, { logits: forward.logits }));
    return new ParameterPredictor(shape, parameters, session);
  }

  /** Logits at every position of sequences of one length. [sequences, tokens, vocabulary] */
  async logits(sequences: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const feeds = Object.assign({}, ...this.#parameters.map(part => parameterFeeds(part.values()))) as ReturnType<
      typeof parameterFeeds
    >;
    const result = await this.#session.run({ ...forwardFeeds(this.#shape, sequences), ...feeds });
    return result['logits'].data as Float32Array;
  }

  /** Logits at the last position. [sequences, vocabulary] */
  async next(sequences: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const all = await this.logits(sequences);
    const { vocabularySize } = this.#shape;
    const nTokens = sequences[0].length;
    const result = new Float32Array(sequences.length * vocabularySize);
    sequences.forEach((_, row) => {
      const from = (row * nTokens + nTokens - 1) * vocabularySize;
      result.set(all.subarray(from, from + vocabularySize), row * vocabularySize);
    });
    return result;
  }
}
