import { encodeModel, createSession, Graph, tensor, type OnnxSession } from '../../onnx/index.ts';
import { architectureOf } from '../../transformer/architectures.ts';
import { frozenNorm, inverseScaleName } from '../../transformer/frozen.ts';
import { storedWeights } from '../../transformer/weights.ts';
import type { ForwardPass } from '../forward-pass.ts';
import { layerFeeds, scaleFeed } from '../frozen-feeds.ts';
import type { ReplacementModel } from '../replacement-model.ts';
import { buildFrozenLayer } from '../transport-graphs.ts';

/** Streams through the frozen model, forwards. Each [tokens, rows, dModel]. */
export interface FrozenStreams {
  readonly residPost: Float32Array;
  readonly dictionaryInput: Float32Array;
}

/**
 * The frozen model forwards on one prompt, layer by layer: independent of the transport, which is its derivative, and
 * so a witness for it. Sessions live as long as one call.
 */
export class FrozenModel {
  readonly #model: ReplacementModel;
  readonly #pass: ForwardPass;

  constructor(model: ReplacementModel, pass: ForwardPass) {
    this.#model = model;
    this.#pass = pass;
  }

  /** residPre, written: [tokens, rows, dModel]; `written` at the dictionary's output hook, beside a skip connection. */
  async layer(layer: number, residPre: Float32Array, written: Float32Array): Promise<FrozenStreams> {
    const { checkpoint, dictionary } = this.#model;
    const { config } = checkpoint;
    const graph = new Graph();
    const shape = ['tokens', 'rows', config.dModel];
    const frozen = buildFrozenLayer(checkpoint, dictionary, layer, graph.input('resid_pre', 'float32', shape), {
      dictionary: graph.input('written', 'float32', shape),
    });
    const { residPost, dictionaryInput } = frozen;
    const session = await this.#session(graph, { residPost, dictionaryInput });
    const nTokens = this.#pass.tokens.length;
    const sizes = [nTokens, residPre.length / (nTokens * config.dModel), config.dModel];
    const outputs = await session.run({
      ...layerFeeds(this.#pass.layers[layer], config, nTokens),
      resid_pre: tensor(residPre, sizes),
      written: tensor(written, sizes),
    });
    await session.dispose();
    return {
      residPost: outputs.residPost.data as Float32Array,
      dictionaryInput: outputs.dictionaryInput.data as Float32Array,
    };
  }

  /** The final norm's output, [tokens, rows, dModel]. */
  async final(residual: Float32Array): Promise<Float32Array> {
    const { checkpoint } = this.#model;
    const { config } = checkpoint;
    const graph = new Graph();
    const input = graph.input('residual', 'float32', ['tokens', 'rows', config.dModel]);
    const weights = architectureOf(config).finalNorm(storedWeights(graph, checkpoint), config);
    const scale = graph.input(inverseScaleName('ln1'), 'float32', ['tokens', 1, 1]);
    const session = await this.#session(graph, { output: frozenNorm(input, weights, scale).output });
    const nTokens = this.#pass.tokens.length;
    const { output } = await session.run({
      residual: tensor(residual, [nTokens, residual.length / (nTokens * config.dModel), config.dModel]),
      [inverseScaleName('ln1')]: scaleFeed(this.#pass.finalInverseScale, nTokens),
    });
    await session.dispose();
    return output.data as Float32Array;
  }

  #session(graph: Graph, outputs: Parameters<typeof encodeModel>[1]): Promise<OnnxSession> {
    return createSession(encodeModel(graph, outputs), this.#model.settings);
  }
}
