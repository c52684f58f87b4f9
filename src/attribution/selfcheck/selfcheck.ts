import type { Task } from '../../task.ts';
import { attribute } from '../attribute.ts';
import { PromptTrace } from '../prompt-trace.ts';
import type { ReplacementModel } from '../replacement-model.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS } from '../targets.ts';
import { checkAdjoint } from './adjoint.ts';
import { checkDoubling } from './doubling.ts';
import { checkEncoding } from './encoding.ts';
import { FrozenModel } from './frozen-model.ts';
import { spread, type IdentityCheck } from './identity-check.ts';
import { checkInfluence } from './influence-series.ts';
import { checkReconstruction } from './reconstruction.ts';
import { checkFeatureSums, checkTargetSums, denseRows } from './row-sums.ts';

/** Features whose rows are summed, and features that are doubled: evenly spread over the active ones. */
const SUMMED = 512;
const DOUBLED = 8;

/**
 * The identities that hold on any model and dictionary, on one prompt, each with its largest error: those that
 * circuit-tracer's own tests hold, and what the definition of a direct effect (docs/architecture.md) implies. Errors: those of `attribute`.
 */
export async function selfCheck(
  model: ReplacementModel,
  tokens: readonly number[],
  task?: Task,
): Promise<IdentityCheck[]> {
  const run = await model.run(tokens, task);
  const { config } = model.checkpoint;
  const probabilities = probabilitiesOf(run.pass.logits);
  const targets = await resolveTargets(SALIENT_LOGITS, probabilities, config, model.unembedding, task);
  const trace = await PromptTrace.create(model, run, targets, { leaves: true });
  const frozen = new FrozenModel(model, run.pass);
  const nFeatures = run.active.layers.length;
  const rows = await denseRows(trace, spread(nFeatures, SUMMED), task);
  return [
    await checkEncoding(model, run),
    await checkReconstruction(model, trace, task),
    await checkAdjoint(model, run.pass, frozen),
    checkFeatureSums(trace, rows),
    checkTargetSums(trace, rows),
    await checkDoubling(model, trace, frozen, spread(nFeatures, DOUBLED), rows, task),
    checkInfluence(await attribute(model, tokens, {}, task)),
  ];
}
