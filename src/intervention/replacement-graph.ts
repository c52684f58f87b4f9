import { skipConnection } from '../attribution/forward-graph.ts';
import { storedTensor, type Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import { add, gatherPoints, Graph, where, type Outputs, type Value } from '../onnx/index.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { norm } from '../transformer/blocks.ts';
import { embed, unembed } from '../transformer/ends.ts';
import { forwardInputs } from '../transformer/inputs.ts';
import { liveMethods, type HookReplacement } from '../transformer/live.ts';
import { storedWeights } from '../transformer/weights.ts';
import { activeCountOutput } from './active-limits.ts';
import { denseWrites, pickedWrites, Reconstructions } from './replacement-writes.ts';

/**
 * The replacement model: the dictionary's reconstruction stands in for each MLP's output, everything else is the
 * original's and follows (Ameisen et al. 2025; no error terms). Zeroed positions keep the original MLP and have no
 * activations. Inputs: those of a forward pass, `places` (int64 [places, 2]), `zeroed` (bool [tokens, 1]) and, of the
 * `picked` layers, `active_limit_l`. Outputs: `logits` [places, vocabulary] and, of those layers, `active_count_l`.
 */
export function replacementGraph(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  picked: readonly number[],
): { graph: Graph; outputs: Outputs } {
  const { config } = checkpoint;
  const graph = new Graph();
  const source = storedWeights(graph, checkpoint);
  const inputs = forwardInputs(graph, config);
  const places = graph.input('places', 'int64', ['places', 2]);
  const zeroed = graph.input('zeroed', 'bool', ['tokens', 1]);
  const architecture = architectureOf(config);
  const reconstructions = new Reconstructions();
  const outputs: Record<string, Value> = {};
  let { residual } = embed(config, source, inputs);
  for (let layer = 0; layer < config.nLayers; layer++) {
    const replace: HookReplacement = (name, original, { hooks }) => {
      if (name !== dictionary.outputHook) return original();
      const input = hooks[dictionary.inputHook]!;
      const write = picked.includes(layer) ? pickedWrites : denseWrites;
      const writes = write(graph, dictionary, layer, input);
      reconstructions.add(writes);
      if (writes.activeCount !== undefined) outputs[activeCountOutput(layer)] = writes.activeCount;
      const biased = add(reconstructions.of(layer), storedTensor(graph, dictionary.layers[layer].bDec));
      const skip = skipConnection(dictionary, layer, input);
      return where(zeroed, original(), skip === undefined ? biased : add(biased, skip));
    };
    const methods = liveMethods(config, inputs, { hooks: {}, norms: {} }, replace);
    residual = architecture.layer(source, config, layer, residual, methods);
  }
  const last = norm(gatherPoints(residual, places), architecture.finalNorm(source, config)).output;
  outputs['logits'] = unembed(config, source, last).logits;
  return { graph, outputs };
}
