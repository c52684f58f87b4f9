import { createSession, tensor, type Tensors } from '../../onnx/index.ts';
import type { Task } from '../../task.ts';
import { project } from '../../transformer/blocks.ts';
import { forwardFeeds } from '../../transformer/inputs.ts';
import { attribute } from '../attribute.ts';
import { mlpOf } from '../neuron-graphs.ts';
import type { NeuronModel, NeuronRun } from '../neuron-model.ts';
import { PromptTrace } from '../prompt-trace.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS } from '../targets.ts';
import { Comparison, spread, type IdentityCheck } from './identity-check.ts';
import { checkInfluence } from './influence-series.ts';
import { forwardWith } from './reconstruction.ts';

/** Neurons whose rows are summed, evenly spread over the active ones. */
const SUMMED = 256;

/**
 * The identities that hold in the basis of neurons on any model, each with its largest error. None is about
 * interventions: the linearisation holds at the prompt's own values. Errors: those of `attribute`.
 */
export async function checkNeurons(model: NeuronModel, tokens: readonly number[], task?: Task) {
  const run = await model.run(tokens, task);
  return [
    await checkLogits(model, run),
    ...(await checkSums(model, run, task)),
    checkInfluence(await attribute(model, tokens, {}, task)),
  ];
}

/** The listed neurons, in place of what the MLPs compute, with the biases of the down matrices. */
async function checkLogits({ checkpoint, settings }: NeuronModel, { pass, active }: NeuronRun): Promise<IdentityCheck> {
  const { dMlp, nLayers } = checkpoint.config;
  const nTokens = pass.tokens.length;
  const hidden = Array.from({ length: nLayers }, () => new Float32Array(nTokens * dMlp));
  active.activations.forEach((activation, i) => {
    hidden[active.layers[i]][active.positions[i] * dMlp + active.indices[i]] = activation;
  });
  const model = forwardWith(checkpoint, (graph, layer) => {
    const fed = graph.input(`neurons_${layer}`, 'float32', [1, 'tokens', dMlp]);
    const written = project(fed, mlpOf(graph, checkpoint, layer).down);
    return (name, original) => (name === 'mlp.hook_out' ? written : original());
  });
  const session = await createSession(model, settings);
  const feeds: Record<string, Tensors[string]> = {
    ...forwardFeeds(checkpoint.config, [pass.tokens]),
    read_out: tensor(BigInt64Array.of(BigInt(nTokens - 1)), [1]),
  };
  hidden.forEach((values, layer) => (feeds[`neurons_${layer}`] = tensor(values, [1, nTokens, dMlp])));
  const { logits } = await session.run(feeds);
  await session.dispose();
  const comparison = new Comparison();
  comparison.addAll(logits.data as Float32Array, pass.logits);
  return comparison.check(
    'reconstruction',
    'The neurons and biases in place of the MLP outputs give the original logits; there are no errors.',
    1e-4,
  );
}

async function checkSums(model: NeuronModel, run: NeuronRun, task: Task | undefined): Promise<IdentityCheck[]> {
  const { config } = model.checkpoint;
  const { uncappedLogits } = run.pass;
  const probabilities = probabilitiesOf(run.pass.logits);
  const targets = await resolveTargets(SALIENT_LOGITS, probabilities, config, model.unembedding, task);
  const trace = await PromptTrace.create(model, run, targets, { leaves: true });
  const { nFeatures } = trace.order;
  const mean = uncappedLogits.reduce((total, logit) => total + logit, 0) / uncappedLogits.length;
  const [neurons, outputs] = [new Comparison(), new Comparison()];
  await trace.rows(
    Uint32Array.of(...spread(nFeatures, SUMMED), ...trace.targetNodes().subarray(nFeatures)),
    (node, effects) => {
      let sum = 0;
      for (let i = 0; i < effects.length; i++) sum += effects[i];
      if (node < nFeatures) neurons.add(sum, run.active.activations[node]);
      else outputs.add(sum, uncappedLogits[targets[node - trace.order.logit(0)].token] - mean);
    },
    task,
  );
  return [
    neurons.check(
      'neuron-row-sums',
      'The direct effects on each neuron, with all leaves, sum to its activation.',
      1e-4,
    ),
    outputs.check(
      'target-row-sums',
      'The direct effects on each target token, with all leaves, sum to its logit (before a soft cap) less the mean logit.',
      1e-4,
    ),
  ];
}
