import type { Checkpoint } from '../../checkpoint/index.ts';
import {
  add,
  createSession,
  encodeModel,
  gatherRows,
  Graph,
  reshape,
  tensor,
  type OnnxModel,
  type Tensors,
} from '../../onnx/index.ts';
import type { Task } from '../../task.ts';
import { architectureOf } from '../../transformer/architectures.ts';
import { norm } from '../../transformer/blocks.ts';
import { embed, unembed } from '../../transformer/ends.ts';
import { forwardFeeds, forwardInputs } from '../../transformer/inputs.ts';
import { liveMethods, type HookReplacement } from '../../transformer/live.ts';
import { storedWeights } from '../../transformer/weights.ts';
import { skipConnection } from '../forward-graph.ts';
import type { PromptTrace } from '../prompt-trace.ts';
import type { ReplacementModel } from '../replacement-model.ts';
import type { DictionarySources } from '../sources.ts';
import { NO_SOURCE } from '../source-vectors.ts';
import { Comparison, type IdentityCheck } from './identity-check.ts';

/** Features, errors and zeroed-position leaves in the place of the MLPs' outputs reproduce the original logits. */
export async function checkReconstruction(
  model: ReplacementModel,
  trace: PromptTrace<DictionarySources>,
  task?: Task,
): Promise<IdentityCheck> {
  const { config } = model.checkpoint;
  const { pass } = trace.run;
  const nTokens = pass.tokens.length;
  const feeds: Record<string, Tensors[string]> = forwardFeeds(config, [pass.tokens]);
  for (let layer = 0; layer < config.nLayers; layer++) {
    feeds[`written_${layer}`] = tensor(await written(model, trace, layer, task), [1, nTokens, config.dModel]);
  }
  const session = await createSession(replacedForward(model), model.settings);
  const { logits } = await session.run({ ...feeds, read_out: tensor(BigInt64Array.of(BigInt(nTokens - 1)), [1]) });
  await session.dispose();
  const comparison = new Comparison();
  comparison.addAll(logits.data as Float32Array, pass.logits);
  return comparison.check(
    'reconstruction',
    'Features, errors and zeroed-position leaves in place of the MLP outputs give the original logits.',
    1e-4,
  );
}

/** The sum of what features, errors and leaves write at a layer, and the decoder's bias where it is not zeroed. */
async function written(
  model: ReplacementModel,
  trace: PromptTrace<DictionarySources>,
  layer: number,
  task: Task | undefined,
): Promise<Float32Array> {
  const { dModel } = model.dictionary;
  const { nTokens } = trace.order;
  const sources = await trace.sources.at(layer, task);
  const { vectors, nodes } = sources;
  const sums = new Float64Array(nTokens * dModel);
  nodes.forEach((node, slot) => {
    if (node === NO_SOURCE || node === trace.order.dictionaryBias(layer)) return;
    const to = sources.positionOf(slot) * dModel;
    for (let d = 0; d < dModel; d++) sums[to + d] += vectors[slot * dModel + d];
  });
  const { bDec } = model.biases[layer];
  for (let i = model.nZeroed * dModel; i < sums.length; i++) sums[i] += bDec[i % dModel];
  return Float32Array.from(sums);
}

/** The model with what is fed as `written_l` [1, tokens, dModel] at the dictionary's output hook; `logits` as forward. */
function replacedForward({ checkpoint, dictionary }: ReplacementModel): OnnxModel {
  return forwardWith(checkpoint, (graph, layer) => {
    const fed = graph.input(`written_${layer}`, 'float32', [1, 'tokens', checkpoint.config.dModel]);
    return (name, original, { hooks }) => {
      if (name !== dictionary.outputHook) return original();
      const skip = skipConnection(dictionary, layer, hooks[dictionary.inputHook]!);
      return skip === undefined ? fed : add(fed, skip);
    };
  });
}

/** The live model with each layer's hooks replaced: `logits` [vocabulary] of the position fed as `read_out`. */
export function forwardWith(
  checkpoint: Checkpoint,
  replacement: (graph: Graph, layer: number) => HookReplacement,
): OnnxModel {
  const { config } = checkpoint;
  const graph = new Graph();
  const source = storedWeights(graph, checkpoint);
  const inputs = forwardInputs(graph, config, 1);
  const architecture = architectureOf(config);
  let { residual } = embed(config, source, inputs);
  for (let layer = 0; layer < config.nLayers; layer++) {
    const methods = liveMethods(config, inputs, { hooks: {}, norms: {} }, replacement(graph, layer));
    residual = architecture.layer(source, config, layer, residual, methods);
  }
  const rows = reshape(residual, ['tokens', config.dModel]);
  const last = gatherRows(rows, graph.input('read_out', 'int64', [1]));
  const { output } = norm(last, architecture.finalNorm(source, config));
  const { logits } = unembed(config, source, output);
  return encodeModel(graph, { logits: reshape(logits, [config.vocabularySize]) });
}
