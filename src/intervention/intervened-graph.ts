import { skipConnection } from '../attribution/forward-graph.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import { preActivations, type Dictionary } from '../dictionary/index.ts';
import { add, gatherPoints, Graph, reciprocal, sub, type Outputs, type Value } from '../onnx/index.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { mixHeads } from '../transformer/attention.ts';
import { norm } from '../transformer/blocks.ts';
import { embed, unembed } from '../transformer/ends.ts';
import { frozenNorm } from '../transformer/frozen.ts';
import { forwardInputs } from '../transformer/inputs.ts';
import type { LayerMethods } from '../transformer/layer-methods.ts';
import { liveMethods, type HookReplacement, type LiveRecord } from '../transformer/live.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import { storedWeights } from '../transformer/weights.ts';
import { allActivations } from './dictionary-graph.ts';
import { declareEdits, type EditInputs } from './edit-inputs.ts';
import { FeatureWrites } from './feature-writes.ts';
import type { Freezing } from './mode.ts';

/** Which values of the dictionary's features are read out of the changed model, if any. */
export type ActivationOutput = 'none' | 'activations' | 'pre-activations';

export const activationOutput = (layer: number): string => `activations_${layer}`;

/**
 * The model with edited features. Where anything is frozen, the original runs beside it in the same graph and lends its
 * patterns, scales, MLP outputs and activations. Inputs: those of a forward pass, `edit_*_l` of each layer (EditInputs)
 * and `places` (int64 [places, 2]: batch row, position). Outputs: `logits` [places, vocabulary] and, when asked for,
 * `activations_l` [batch, tokens, nFeatures].
 */
export function intervenedGraph(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  freezing: Freezing,
  activations: ActivationOutput,
): { graph: Graph; outputs: Outputs } {
  const { config } = checkpoint;
  const graph = new Graph();
  const source = storedWeights(graph, checkpoint);
  const inputs = forwardInputs(graph, config);
  const places = graph.input('places', 'int64', ['places', 2]);
  const architecture = architectureOf(config);
  const writes = new FeatureWrites(dictionary);
  const outputs: Record<string, Value> = {};
  let { residual } = embed(config, source, inputs);
  let originalResidual = residual;
  for (let layer = 0; layer < config.nLayers; layer++) {
    const original: LiveRecord = { hooks: {}, norms: {} };
    if (freezing.patterns) {
      const methods = liveMethods(config, inputs, original);
      originalResidual = architecture.layer(source, config, layer, originalResidual, methods);
    }
    const changed: LiveRecord = { hooks: {}, norms: {} };
    const edits = declareEdits(graph, layer);
    const replace = editedOutput(dictionary, freezing, writes, layer, edits, original);
    const methods = heldMethods(config, freezing, original, changed, liveMethods(config, inputs, changed, replace));
    residual = architecture.layer(source, config, layer, residual, methods);
    const input = changed.hooks[dictionary.inputHook]!;
    if (activations === 'activations') outputs[activationOutput(layer)] = allActivations(dictionary, layer, input);
    if (activations === 'pre-activations') outputs[activationOutput(layer)] = preActivations(dictionary, layer, input);
  }
  const weights = architecture.finalNorm(source, config);
  const last = gatherPoints(residual, places);
  const { output } = freezing.scales
    ? frozenNorm(last, weights, reciprocal(norm(gatherPoints(originalResidual, places), weights).scale))
    : norm(last, weights);
  outputs['logits'] = unembed(config, source, output).logits;
  return { graph, outputs };
}

/** Adds what edited features write at the dictionary's output hook of `layer`, to the live MLP output or the clamped one. */
function editedOutput(
  dictionary: Dictionary,
  freezing: Freezing,
  writes: FeatureWrites,
  layer: number,
  edits: EditInputs,
  original: LiveRecord,
): HookReplacement {
  const { inputHook, outputHook } = dictionary;
  return (name, live, changed) => {
    if (name !== outputHook) return live();
    const input = changed.hooks[inputHook]!;
    const read = freezing.fromOriginal ? original.hooks[inputHook]! : input;
    writes.add(layer, edits, read, freezing.writable);
    if (!freezing.clamped(layer)) return writes.applyTo(live(), layer);
    const clamped = original.hooks[outputHook]!;
    const skip = skipConnection(dictionary, layer, input);
    if (skip === undefined) return writes.applyTo(clamped, layer);
    // A skip connection is linear and belongs to the direct effects: it follows its input.
    const change = sub(skip, skipConnection(dictionary, layer, original.hooks[inputHook]!)!);
    return writes.applyTo(add(clamped, change), layer);
  };
}

/** The live methods, with the original's patterns and scales where these are frozen. */
function heldMethods(
  shape: TransformerShape,
  freezing: Freezing,
  original: LiveRecord,
  changed: LiveRecord,
  live: LayerMethods,
): LayerMethods {
  return {
    ...live,
    ...(freezing.patterns ? { attention: (x, weights) => mixHeads(x, weights, original.pattern!, shape) } : {}),
    ...(freezing.scales
      ? {
          norm: (site, x, weights) =>
            (changed.norms[site] = frozenNorm(x, weights, reciprocal(original.norms[site]!.scale))),
        }
      : {}),
  } satisfies LayerMethods;
}
