import { probabilitiesOf } from '../../attribution/targets.ts';
import { activeAt, matchedRandomEdits, type ActiveAt, type Edit } from '../../intervention/index.ts';
import { throwIfCancelled } from '../../task.ts';
import { likeliest } from '../../trace/likeliest.ts';
import { tokenText } from '../../trace/prompt.ts';
import { TOP_TOKENS } from '../../trace/trace-prompt.ts';
import type { EngineMethod } from '../method.ts';
import { promptOf } from '../prompt-text.ts';
import type { FeatureEdit, InterveneRequest, InterveneResult, LikelyToken } from '../protocol.ts';
import { checkFeature } from './activations.ts';

/**
 * Changes features and reports the same tokens in every run: the likeliest before and after. Controls are the same
 * changes on matched random features (`matchedRandomEdits`), seeded by their number.
 */
export const interveneOn: EngineMethod<InterveneRequest, InterveneResult> = async (model, params, task) => {
  for (const { layer, feature } of params.edits) checkFeature(model, layer, feature);
  const { ids } = await promptOf(model, params);
  const intervention = await model.intervention.get(task);
  const [layers] = await intervention.activeFeatures([ids], task);
  const active = activeAt(layers);
  const edits = params.edits.flatMap(edit => editsOf(edit, active, ids.length));
  const controls = Array.from({ length: params.controls ?? 0 }, (_, seed) =>
    matchedRandomEdits(edits, active, { seed }),
  );
  throwIfCancelled(task);
  const requests = [[], edits, ...controls.map(({ edits: matched }) => matched)];
  const results = await intervention.run(
    requests.map(changes => ({ tokens: ids, edits: changes })),
    { mode: { kind: params.mode } },
    task,
  );
  const probabilities = results.map(({ logits }) => probabilitiesOf(logits));
  const best = (run: Float64Array): number[] => likeliest(run, TOP_TOKENS, model.tokenizer).map(({ id }) => id);
  const shown = [...new Set([...best(probabilities[0]), ...best(probabilities[1])])];
  const [before, after, ...random] = probabilities.map(run => ranked(shown, run, id => tokenText(model.tokenizer, id)));
  return { before, after, controls: random };
};

/** One edit a position; without positions, wherever the feature is active. */
function editsOf({ layer, feature, positions, scale, value }: FeatureEdit, active: ActiveAt, length: number): Edit[] {
  const everywhere = Array.from({ length }, (_, position) => position).filter(position =>
    Array.prototype.includes.call(active(layer, position).features, feature),
  );
  const change = value === undefined ? { multiple: scale ?? 0 } : { absolute: value };
  return (positions ?? everywhere).map(position => ({ layer, feature, position, value: change }));
}

function ranked(ids: readonly number[], probabilities: Float64Array, textOf: (id: number) => string): LikelyToken[] {
  return ids
    .map(id => ({ id, text: textOf(id), probability: probabilities[id] }))
    .sort((a, b) => b.probability - a.probability || a.id - b.id);
}
