import { storedTensor, type Checkpoint } from '../checkpoint/index.ts';
import { Graph, gatherRows, linear, matmul, reshape, sub, type Outputs, type Value } from '../onnx/index.ts';
import { unembed } from '../transformer/ends.ts';
import { buildForward } from '../transformer/forward.ts';
import { forwardInputs } from '../transformer/inputs.ts';
import { storedWeights } from '../transformer/weights.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';

/** Names of the per-layer outputs of the forward graph. */
export const layerOutput = (name: string, layer: number): string => `${name}_${layer}`;

/**
 * The original model on one prompt with everything that freezing needs as outputs: `embedding` and, where positions are
 * learned, `position_embedding` [tokens, dModel], `final_scale`, `logits` [vocabulary] of the position fed as `read_out`
 * (int64 [1]) and, where they have a soft cap, `uncapped_logits`, and for each layer `pattern_l` [1, heads, tokens,
 * tokens], `scale_<site>_l` [1, tokens, 1], `input_l` and `written_l` [tokens, dModel]: the values at the dictionary's
 * input hook, and at its output hook less what a skip connection carries there.
 */
export function buildForwardGraph(checkpoint: Checkpoint, replaced: ReplacedMlp): { graph: Graph; outputs: Outputs } {
  const { config } = checkpoint;
  const graph = new Graph();
  const source = storedWeights(graph, checkpoint);
  const inputs = forwardInputs(graph, config, 1);
  const forward = buildForward(config, source, inputs);
  const rows = (x: Value): Value => reshape(x, ['tokens', config.dModel]);
  const readOut = gatherRows(rows(forward.finalNorm.output), graph.input('read_out', 'int64', [1]));
  const { logits, uncapped } = unembed(config, source, readOut);
  const outputs: Record<string, Value> = {
    embedding: rows(forward.embedding),
    final_scale: forward.finalNorm.scale,
    logits: reshape(logits, [config.vocabularySize]),
  };
  if (uncapped !== logits) outputs['uncapped_logits'] = reshape(uncapped, [config.vocabularySize]);
  if (forward.positionEmbedding !== undefined) outputs['position_embedding'] = forward.positionEmbedding;
  forward.layers.forEach(({ pattern, norms, hooks }, layer) => {
    outputs[layerOutput('pattern', layer)] = pattern;
    for (const [site, { scale }] of Object.entries(norms)) outputs[layerOutput(`scale_${site}`, layer)] = scale;
    const input = rows(hooks[replaced.inputHook]!);
    const written = rows(hooks[replaced.outputHook]!);
    outputs[layerOutput('input', layer)] = input;
    const skip = skipConnection(replaced, layer, input);
    outputs[layerOutput('written', layer)] = skip === undefined ? written : sub(written, skip);
  });
  return { graph, outputs };
}

/** What the skip connection of `layer` carries from the dictionary's input to its output, where there is one. */
export function skipConnection(replaced: ReplacedMlp, layer: number, input: Value): Value | undefined {
  const { wSkip } = replaced.layers[layer];
  if (wSkip === undefined) return undefined;
  const weight = storedTensor(input.graph, wSkip.ref);
  return wSkip.orientation === 'out-in' ? linear(input, weight) : matmul(input, weight);
}
