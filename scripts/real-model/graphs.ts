import { attribute } from '../../src/attribution/attribute.ts';
import { loadNeuronModel, NEURON_BUDGET } from '../../src/attribution/neuron-model.ts';
import { checkNeurons } from '../../src/attribution/selfcheck/neurons.ts';
import type { Checkpoint, Tokenizer } from '../../src/checkpoint/index.ts';
import type { Check } from './checks.ts';

/** A fact, and an indirect object. */
const PROMPTS: readonly (readonly [string, answer: string])[] = [
  ['The capital of France is', ' Paris'],
  ['When Mary and John went to the store, John gave a drink to', ' Mary'],
];

/** Graphs in the basis of the model's neurons: each explains the right answer, in so many seconds, and its identities hold. */
export async function checkGraphs(checkpoint: Checkpoint, tokenizer: Tokenizer): Promise<Check[]> {
  const model = await loadNeuronModel(checkpoint, {});
  const checks: Check[] = [];
  for (const [prompt, answer] of PROMPTS) {
    const { ids } = tokenizer.encodePrompt(prompt);
    const label = JSON.stringify(prompt);
    const start = performance.now();
    const { targets, selected, allActive, pruned } = await attribute(model, ids);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const likeliest = tokenizer.tokenText(targets[0].token);
    checks.push({
      what: `graph of ${label}`,
      holds:
        likeliest === answer &&
        selected.length === NEURON_BUDGET &&
        pruned.nodeKept.subarray(0, selected.length).includes(1),
      seen: `${JSON.stringify(likeliest)} from ${selected.length} of ${allActive.layers.length} neurons in ${seconds} s`,
    });
    for (const { name, maxError, tolerance, passed } of await checkNeurons(model, ids)) {
      checks.push({
        what: `${name} of ${label}`,
        holds: passed,
        seen: `off by ${maxError.toExponential(1)}, allowed ${tolerance.toExponential(0)}`,
      });
    }
  }
  await model.dispose();
  return checks;
}
