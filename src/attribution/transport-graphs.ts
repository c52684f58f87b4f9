import type { Checkpoint } from '../checkpoint/index.ts';
import {
  add,
  concat,
  gatherPoints,
  gradient,
  Graph,
  matmul,
  scatterPointsAdd,
  squeeze,
  unsqueeze,
  type Outputs,
  type Value,
} from '../onnx/index.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { frozenInputs, frozenMethods, frozenNorm, type FrozenInputs } from '../transformer/frozen.ts';
import type { LayerMethods } from '../transformer/layer-methods.ts';
import type { LiveRecord } from '../transformer/live.ts';
import { storedWeights } from '../transformer/weights.ts';
import { attendAtPoints, foldNormIntoAttention, inputsAtPoints } from './derivative-methods.ts';
import { skipConnection } from './forward-graph.ts';
import { HEAD_PARTS } from './head-parts.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';

/** Each target has a row of its own, so no two are injected at one point. */
const DISTINCT = { distinct: true };

/** A graph and what it gives. */
export interface BuiltGraph {
  readonly graph: Graph;
  readonly outputs: Outputs;
}

/** One layer of the local replacement model, affine in its residual input and in what is written. */
export interface FrozenLayer {
  /** [tokens, rows, dModel] */
  readonly residPost: Value;
  /** What the MLP's norm reads: where attention has been added, but for parallel layers. */
  readonly residMid: Value;
  /** What attention itself writes, before a norm after it. */
  readonly attentionOut: Value;
  readonly dictionaryInput: Value;
  readonly dictionaryOutput: Value;
}

/** What is written to a frozen layer, [tokens, rows, dModel] or a shape that broadcasts to it. */
export interface FrozenWrites {
  /** At the dictionary's output hook, beside the skip connection if there is one. */
  readonly dictionary: Value;
  /** Beside what attention itself writes, before a norm after it; nothing when undefined. */
  readonly attention?: Value;
}

/** What a layer is written with of which derivatives are taken. */
export interface DerivativeOptions {
  readonly inputs: FrozenInputs;
  /** Leaves out what has no derivative. */
  readonly adapt: (methods: LayerMethods) => LayerMethods;
}

/** Writes layer `layer` with frozen attention and norms over residPre, [tokens, rows, dModel]. */
export function buildFrozenLayer(
  checkpoint: Checkpoint,
  replaced: ReplacedMlp,
  layer: number,
  residPre: Value,
  writes: FrozenWrites,
  forDerivatives?: DerivativeOptions,
): FrozenLayer {
  const { config } = checkpoint;
  const { graph } = residPre;
  const record: LiveRecord = { hooks: {}, norms: {} };
  let attentionOut: Value | undefined;
  const inputs = forDerivatives?.inputs ?? frozenInputs(graph, config);
  const plain = frozenMethods(inputs, config, record, (name, original, { hooks }) => {
    if (name !== replaced.outputHook) return original();
    const skip = skipConnection(replaced, layer, hooks[replaced.inputHook]!);
    return skip === undefined ? writes.dictionary : add(writes.dictionary, skip);
  });
  const frozen = forDerivatives?.adapt(plain) ?? plain;
  const methods: LayerMethods = {
    ...frozen,
    attention: (x, weights, layerType) => {
      attentionOut = frozen.attention(x, weights, layerType);
      return writes.attention === undefined ? attentionOut : add(attentionOut, writes.attention);
    },
  };
  const residPost = architectureOf(config).layer(storedWeights(graph, checkpoint), config, layer, residPre, methods);
  return {
    residPost,
    residMid: record.hooks.hook_resid_mid!,
    attentionOut: attentionOut!,
    dictionaryInput: record.hooks[replaced.inputHook]!,
    dictionaryOutput: record.hooks[replaced.outputHook]!,
  };
}

/** The point at which a derivative is taken: any of the right shape, as the layer is affine. It becomes no input. */
function anyPoint(cotangent: Value): Value {
  return cotangent;
}

/**
 * Moves cotangents through a layer: from `cotangent` [tokens, carried, dModel] at its residual output, and the vectors
 * `injected` [entering, dModel] at `points` [entering, 2] (position, row among the entering) of the dictionary's input,
 * to `below` [tokens, carried + entering, dModel] at its residual input. With `attention` also `at_attention`
 * [carried + entering, dModel], the cotangents at attention's output summed over positions.
 *
 * What enters is read at one position of each row: no more of its attention is written than that position reads.
 */
export function buildTransportGraph(
  checkpoint: Checkpoint,
  replaced: ReplacedMlp,
  layer: number,
  { attention = false } = {},
): BuiltGraph {
  const { graph, dModel, layerOver, layerAtPoints } = frozenLayers(checkpoint, replaced, layer);
  const carried = graph.input('cotangent', 'float32', ['tokens', 'carried', dModel]);
  const injected = graph.input('injected', 'float32', ['entering', dModel]);
  const points = graph.input('points', 'int64', ['entering', 2]);

  const passing = carriedThrough(layerOver, carried, attention);

  const stream = graph.input('entering_stream', 'float32', ['tokens', 'entering', dModel]);
  // The stream at the points, whose derivative is added to that of the whole at the end.
  const place = graph.input('entering_place', 'float32', ['entering', 1, dModel]);
  const write = graph.input('entering_attention_write', 'float32', ['entering', 1, dModel]);
  const { dictionaryInput } = layerAtPoints(place, { stream, points }, attention ? write : undefined);
  const seed = { value: dictionaryInput, cotangent: unsqueeze(injected, [1]) };
  const [byAttention, atPlace, atAttention] = gradient([seed], [stream, place, write]);
  const below = scatterPointsAdd(byAttention, points, squeeze(atPlace, [1]), DISTINCT);

  const outputs = { below: concat([passing.below, below], 1) };
  if (!attention) return { graph, outputs };
  return { graph, outputs: { ...outputs, at_attention: concat([passing.atAttention, squeeze(atAttention, [1])], 0) } };
}

/** The same where no row enters, with nothing to be joined: from `cotangent` [tokens, carried, dModel]. */
export function buildPassingGraph(
  checkpoint: Checkpoint,
  replaced: ReplacedMlp,
  layer: number,
  { attention = false } = {},
): BuiltGraph {
  const { graph, dModel, layerOver } = frozenLayers(checkpoint, replaced, layer);
  const carried = graph.input('cotangent', 'float32', ['tokens', 'carried', dModel]);
  const { below, atAttention } = carriedThrough(layerOver, carried, attention);
  return { graph, outputs: attention ? { below, at_attention: atAttention } : { below } };
}

/** Writes the frozen layer over a point, and beside what attention writes there. */
type LayerWriter = (point: Value, atAttention?: Value) => FrozenLayer;

/** `cotangent` at a layer's residual output, moved to its residual input and to what attention writes. */
function carriedThrough(layerOver: LayerWriter, cotangent: Value, attention: boolean) {
  const residPre = anyPoint(cotangent);
  const write = attentionWrite(residPre);
  const { residPost } = layerOver(residPre, attention ? write : undefined);
  const [below, atAttention] = gradient([{ value: residPost, cotangent }], [residPre, write]);
  return { below, atAttention };
}

/** A new graph, and what writes the frozen layer to it, whole or at one position of each row. */
function frozenLayers(
  checkpoint: Checkpoint,
  replaced: ReplacedMlp,
  layer: number,
): {
  graph: Graph;
  dModel: number;
  layerOver: LayerWriter;
  layerAtPoints: (place: Value, all: { stream: Value; points: Value }, atAttention?: Value) => FrozenLayer;
} {
  const { config } = checkpoint;
  const graph = new Graph();
  const inputs = frozenInputs(graph, config);
  graph.input(HEAD_PARTS, 'float32', [HEAD_PARTS]);
  const build = (point: Value, options: DerivativeOptions, atAttention?: Value): FrozenLayer => {
    // What is written is constant. It becomes no input either.
    const written = graph.input(`written_to_${point.name}`, 'float32', point.shape);
    const writes = { dictionary: written, ...(atAttention === undefined ? {} : { attention: atAttention }) };
    return buildFrozenLayer(checkpoint, replaced, layer, point, writes, options);
  };
  return {
    graph,
    dModel: config.dModel,
    layerOver: (point, atAttention) =>
      build(point, { inputs, adapt: methods => foldNormIntoAttention(methods, inputs, config) }, atAttention),
    layerAtPoints: (place, all, atAttention) => {
      const adapt = (methods: LayerMethods): LayerMethods => attendAtPoints(methods, inputs, all, config);
      return build(place, { inputs: inputsAtPoints(inputs, all.points), adapt }, atAttention);
    },
  };
}

/** One vector for all positions, so that its derivative is summed over them. */
function attentionWrite({ graph, shape: [, rows, dModel] }: Value): Value {
  return graph.input('attention_write', 'float32', [rows, dModel]);
}

/**
 * Reads direct effects: `effects` [tokens, rows, sources] of the vectors `sources` [tokens, sources, dModel], written
 * at the dictionary's output hook, on the targets whose `cotangent` at the layer's residual output is given.
 */
export function buildReadGraph(checkpoint: Checkpoint, replaced: ReplacedMlp, layer: number): BuiltGraph {
  const graph = new Graph();
  const { dModel } = checkpoint.config;
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'rows', dModel]);
  const written = graph.input('written', 'float32', ['tokens', 'rows', dModel]);
  const { residPost } = buildFrozenLayer(checkpoint, replaced, layer, anyPoint(cotangent), { dictionary: written });
  const [atOutput] = gradient([{ value: residPost, cotangent }], [written]);
  return { graph, outputs: { effects: effectsOf(atOutput) } };
}

/** The same for vectors that are written to the residual stream itself, as token embeddings are. */
export function buildResidualReadGraph({ config }: Checkpoint): BuiltGraph {
  const graph = new Graph();
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'rows', config.dModel]);
  return { graph, outputs: { effects: effectsOf(cotangent) } };
}

/**
 * The cotangents `below` [tokens, rows, dModel] at the last residual stream of targets that are the vectors `injected`
 * [rows, dModel] in the final norm's output at `points` [rows, 2] (position, row).
 */
export function buildHeadGraph(checkpoint: Checkpoint): BuiltGraph {
  const { config } = checkpoint;
  const graph = new Graph();
  const injected = graph.input('injected', 'float32', ['rows', config.dModel]);
  const points = graph.input('points', 'int64', ['rows', 2]);
  const inverseScale = graph.input('final_inverse_scale', 'float32', ['tokens', 1, 1]);
  const residual = graph.input('residual', 'float32', ['tokens', 'rows', config.dModel]);
  const weights = architectureOf(config).finalNorm(storedWeights(graph, checkpoint), config);
  const { output } = frozenNorm(residual, weights, inverseScale);
  const [below] = gradient([{ value: gatherPoints(output, points, DISTINCT), cotangent: injected }], [residual]);
  return { graph, outputs: { below } };
}

function effectsOf(cotangent: Value): Value {
  const { graph, shape } = cotangent;
  const sources = graph.input('sources', 'float32', ['tokens', 'sources', shape[2]]);
  return matmul(cotangent, sources, { transposeB: true });
}
