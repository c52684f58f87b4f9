import type { Checkpoint } from '../checkpoint/index.ts';
import { sparseActivations, type Dictionary } from '../dictionary/index.ts';
import { Graph, type Outputs, type Value } from '../onnx/index.ts';
import { buildForward } from '../transformer/forward.ts';
import { forwardInputs } from '../transformer/inputs.ts';
import { storedWeights } from '../transformer/weights.ts';
import { activeCountOutput, activeLimitInput } from './active-limits.ts';

export const activeValuesOutput = (layer: number): string => `active_values_${layer}`;
export const activeIndicesOutput = (layer: number): string => `active_indices_${layer}`;

/**
 * The features that are active while the original model runs. Inputs: those of a forward pass and `active_limit_l`.
 * Outputs of each layer: `active_values_l` and `active_indices_l` [batch, tokens, limit], `active_count_l` [batch, tokens].
 */
export function activeGraph(checkpoint: Checkpoint, dictionary: Dictionary): { graph: Graph; outputs: Outputs } {
  const { config } = checkpoint;
  const graph = new Graph();
  const forward = buildForward(config, storedWeights(graph, checkpoint), forwardInputs(graph, config));
  const outputs: Record<string, Value> = {};
  forward.layers.forEach(({ hooks }, layer) => {
    const limit = graph.input(activeLimitInput(layer), 'int64', [1]);
    const active = sparseActivations(dictionary, layer, hooks[dictionary.inputHook]!, limit);
    outputs[activeValuesOutput(layer)] = active.values;
    outputs[activeIndicesOutput(layer)] = active.indices;
    outputs[activeCountOutput(layer)] = active.count;
  });
  return { graph, outputs };
}
