import { checkSequence } from '../../attribution/prompt-check.ts';
import { probabilitiesOf } from '../../attribution/targets.ts';
import { throwIfCancelled } from '../../task.ts';
import { likeliest } from '../../trace/likeliest.ts';
import { TOP_TOKENS } from '../../trace/trace-prompt.ts';
import type { EngineMethod } from '../method.ts';
import { promptOf, promptTokens } from '../prompt-text.ts';
import type { ModelChoice, PredictResult, PromptOptions } from '../protocol.ts';

/** The prompt as the model sees it, and the likeliest next tokens; needs no dictionary. */
export const predict: EngineMethod<ModelChoice & PromptOptions, PredictResult> = async (model, params, task) => {
  const prompt = await promptOf(model, params);
  checkSequence(prompt.ids, model.checkpoint.config);
  task.progress?.('load', 0, undefined);
  const nextToken = await model.nextToken.get(task);
  throwIfCancelled(task);
  const logits = await nextToken.logits([prompt.ids]);
  if (!logits.every(Number.isFinite)) await model.checkpoint.assertFinite(task);
  return {
    tokens: promptTokens(model, prompt),
    top: likeliest(probabilitiesOf(logits), TOP_TOKENS, model.tokenizer),
  };
};
