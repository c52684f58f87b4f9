import type { AttributionResult } from '../../../src/attribution/attribute.ts';
import type { ConceptFeature } from './concept-features.ts';
import type { ConceptPrompt } from './concept-prompts.ts';

/**
 * Whether the pruned graph shows the way: from the token that calls a concept up, over links that were kept, to a feature
 * that stands for the concept, and on to a logit that is an answer.
 */
export function hasConceptPath(
  { order, active, matrix, pruned, targets }: AttributionResult,
  prompt: ConceptPrompt,
  features: readonly ConceptFeature[],
): boolean {
  const wanted = new Set(features.map(({ slot, layer, feature }) => `${layer}/${prompt.slots[slot]}/${feature}`));
  const middle: number[] = [];
  for (let i = 0; i < active.layers.length; i++) {
    if (pruned.nodeKept[i] === 0) continue;
    if (wanted.has(`${active.layers[i]}/${active.positions[i]}/${active.indices[i]}`)) middle.push(i);
  }
  if (middle.length === 0) return false;
  // Walk up from the entity's token, and down from the answers, over kept links (row = target, column = source).
  const targetsOf = new Map<number, number[]>();
  const sourcesOf = new Map<number, number[]>();
  for (let row = 0; row < matrix.size; row++) {
    for (let entry = matrix.rowStart[row]; entry < matrix.rowStart[row + 1]; entry++) {
      if (pruned.edgeKept[entry] === 0) continue;
      push(targetsOf, matrix.sources[entry], row);
      push(sourcesOf, row, matrix.sources[entry]);
    }
  }
  const fromToken = reach([order.token(prompt.slots[0])], targetsOf);
  const answers = targets.flatMap(({ token }, i) => (prompt.answers.includes(token) ? [order.logit(i)] : []));
  const toAnswer = reach(answers, sourcesOf);
  return middle.some(node => fromToken.has(node) && toAnswer.has(node));
}

function reach(starts: readonly number[], next: ReadonlyMap<number, readonly number[]>): Set<number> {
  const seen = new Set(starts);
  const open = [...starts];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const other of next.get(node) ?? []) {
      if (seen.has(other)) continue;
      seen.add(other);
      open.push(other);
    }
  }
  return seen;
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
