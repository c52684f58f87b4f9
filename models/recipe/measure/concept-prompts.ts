import { encodePrompt, evaluationSets, type EvaluationItem } from '../../corpus/index.ts';
import { answerTokens } from '../evaluate.ts';

/** A prompt whose answer follows from a concept: a state, a pair of opposites, a sound, a person. */
export interface ConceptPrompt {
  readonly text: string;
  /** "Texas"; "hot/cold" asked from "hot"; the rhyme family; the receiver's name. */
  readonly concept: string;
  readonly tokens: readonly number[];
  /** Where the concept's features are looked for: the word that calls it up, and the last token. */
  readonly slots: readonly [entity: number, last: number];
  /** First tokens of the accepted answers. */
  readonly answers: readonly number[];
  readonly heldOut: boolean;
}

/** The case studies, each with the evaluation sets that its prompts come from. */
export const CASES = {
  two_hop: ['two_hop_state_capital_train', 'two_hop_state_capital_heldout'],
  antonym: ['antonym_train', 'antonym_heldout'],
  rhyme: ['rhyme_train', 'rhyme_heldout'],
  indirect_object: ['indirect_object_train', 'indirect_object_heldout'],
} as const;

export type CaseName = keyof typeof CASES;
export const CASE_NAMES = Object.keys(CASES) as CaseName[];

/** All prompts of a case study, held-out ones marked. */
export function conceptPrompts(name: CaseName): ConceptPrompt[] {
  const sets = evaluationSets();
  return CASES[name].flatMap(set => sets[set].map(conceptPrompt));
}

function conceptPrompt(item: EvaluationItem): ConceptPrompt {
  const tokens = encodePrompt(item.prompt);
  const [concept, word] = conceptOf(item);
  return {
    text: item.prompt,
    concept,
    tokens,
    slots: [endOf(item.prompt, word), tokens.length - 1],
    answers: item.accepted.map(answer => answerTokens(item.prompt, answer)[0]),
    heldOut: item.heldOut,
  };
}

/** The concept, and the word of the prompt that calls it up. */
function conceptOf(item: EvaluationItem): [concept: string, word: string] {
  switch (item.kind) {
    case 'antonym':
      return [`${item.pair}/${item.direction}`, item.word];
    case 'rhyme':
      return [item.family, item.word];
    case 'indirect_object':
      return [item.receiver, item.receiver];
    default:
      return [item.place, item.city ?? item.place];
  }
}

/** Position of the last token of the first occurrence of `word`. */
function endOf(prompt: string, word: string): number {
  const at = new RegExp(`(?<![\\p{L}\\p{M}])${word}(?![\\p{L}\\p{M}])`, 'u').exec(prompt);
  if (at === null) throw new Error(`"${word}" is not in "${prompt}"`);
  return encodePrompt(prompt.slice(0, at.index + word.length)).length - 1;
}
