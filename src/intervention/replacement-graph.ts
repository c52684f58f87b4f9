import { storedTensor, type Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import {
  add,
  gatherPoints,
  gatherRows,
  Graph,
  linear,
  matmul,
  reshape,
  slice,
  where,
  type Outputs,
  type Value,
} from '../onnx/index.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { norm } from '../transformer/blocks.ts';
import { forwardInputs } from '../transformer/inputs.ts';
import { liveMethods, type HookReplacement } from '../transformer/live.ts';
import { storedWeights } from '../transformer/weights.ts';
import { allActivations, outputLayers, skipOutput } from './dictionary-graph.ts';

/**
 * The replacement model: the dictionary's reconstruction stands in for each MLP's output, everything else is the
 * original's and follows (Ameisen et al. 2025; no error terms). Zeroed positions keep the original MLP. Inputs: those of
 * a forward pass, `places` (int64 [places, 2]) and `zeroed` (bool [tokens, 1]). Output: `logits` [places, vocabulary].
 */
export function replacementGraph(checkpoint: Checkpoint, dictionary: Dictionary): { graph: Graph; outputs: Outputs } {
  const { config } = checkpoint;
  const graph = new Graph();
  const source = storedWeights(graph, checkpoint);
  const inputs = forwardInputs(graph, config);
  const places = graph.input('places', 'int64', ['places', 2]);
  const zeroed = graph.input('zeroed', 'bool', ['tokens', 1]);
  const architecture = architectureOf(config);
  const reconstructions: (Value | undefined)[] = [];
  let residual = gatherRows(architecture.embedding(source, config), inputs.tokens);
  for (let layer = 0; layer < config.nLayers; layer++) {
    const replace: HookReplacement = (name, original, { hooks }) => {
      if (name !== dictionary.outputHook) return original();
      const input = hooks[dictionary.inputHook]!;
      for (const [output, written] of writesOf(dictionary, layer, input)) {
        const before = reconstructions[output];
        reconstructions[output] = before === undefined ? written : add(before, written);
      }
      const biased = add(reconstructions[layer]!, storedTensor(graph, dictionary.layers[layer].bDec));
      const skip = skipOutput(dictionary, layer, input);
      return where(zeroed, original(), skip === undefined ? biased : add(biased, skip));
    };
    residual = architecture.layer(
      source,
      config,
      layer,
      residual,
      liveMethods(config, inputs, { hooks: {}, norms: {} }, replace),
    );
  }
  const last = norm(gatherPoints(residual, places), architecture.finalNorm(source, config)).output;
  return { graph, outputs: { logits: linear(last, architecture.unembedding(source, config)) } };
}

/** What the features of `layer` write to each output layer, [batch, tokens, dModel], from their input there. */
function writesOf(dictionary: Dictionary, layer: number, input: Value): [output: number, written: Value][] {
  const { wDec, nFeatures, nOutputs } = dictionary.layers[layer];
  const { dModel } = dictionary;
  const decoder = reshape(storedTensor(input.graph, wDec), [nFeatures, nOutputs * dModel]);
  const written = matmul(allActivations(dictionary, layer, input), decoder);
  return outputLayers(dictionary, layer).map((output, i) => [output, slice(written, -1, i * dModel, (i + 1) * dModel)]);
}
