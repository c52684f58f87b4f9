import { checkSequence } from '../../attribution/prompt-check.ts';
import { checkTokens, probabilitiesOf, type TargetRequest } from '../../attribution/targets.ts';
import { throwIfCancelled } from '../../task.ts';
import { likeliest } from '../../trace/likeliest.ts';
import { tokenText } from '../../trace/prompt.ts';
import { readTarget } from '../../trace/target.ts';
import { TOP_TOKENS } from '../../trace/trace-prompt.ts';
import type { EngineMethod } from '../method.ts';
import { promptOf, promptTokens } from '../prompt-text.ts';
import type { LikelyToken, PredictRequest, PredictResult } from '../protocol.ts';

/** The prompt as the model sees it, and the likeliest next tokens; needs no dictionary. Errors: those of `readTarget`. */
export const predict: EngineMethod<PredictRequest, PredictResult> = async (model, params, task) => {
  const prompt = await promptOf(model, params);
  const asked = params.target === undefined ? undefined : tokensOf(readTarget(params.target, model.tokenizer));
  checkSequence(prompt.ids, model.checkpoint.config);
  if (asked !== undefined) checkTokens(asked, model.checkpoint.config);
  task.progress?.('load', 0, undefined);
  const nextToken = await model.nextToken.get(task);
  throwIfCancelled(task);
  const logits = await nextToken.logits([prompt.ids]);
  if (!logits.every(Number.isFinite)) await model.checkpoint.assertFinite(task);
  const probabilities = probabilitiesOf(logits);
  return {
    tokens: promptTokens(model, prompt),
    top: likeliest(probabilities, TOP_TOKENS, model.tokenizer),
    ...(asked === undefined ? {} : { target: asked.map(withProbability) }),
  };

  function withProbability(id: number): LikelyToken {
    return { id, text: tokenText(model.tokenizer, id), probability: probabilities[id] };
  }
};

/** The tokens that a target names, in its order. */
function tokensOf(target: TargetRequest): readonly number[] {
  if (target.kind === 'tokens') return target.tokens;
  return target.kind === 'difference' ? [target.plus, target.minus] : [];
}
