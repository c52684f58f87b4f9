import { ANTONYMS, encodePrompt, evaluationSets, LANGUAGES, type EvaluationItem } from '../../corpus/index.ts';
import { withoutElision } from '../../corpus/kinds/word-sentences.ts';
import { promptOf } from '../../corpus/sentence.ts';
import { ANTONYM, CROSS_ANTONYM } from '../../corpus/templates.ts';
import { LANGUAGE_NAMES } from '../../corpus/facts/antonyms.ts';
import { answerTokens } from '../evaluate.ts';

/** A prompt whose answer follows from a concept: a state, a pair of opposites, a sound, a person. */
export interface ConceptPrompt {
  readonly text: string;
  /** "Texas"; "hot/cold" asked from "hot"; the rhyme family; the receiver's name. */
  readonly concept: string;
  /** The word of the prompt that calls the concept up. */
  readonly word: string;
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

/**
 * The prompts on which the features of the case's concepts are looked for: those that are asked and, for antonyms, of
 * which each concept has three, the same question across two languages ("the opposite of hot in French is").
 */
export function searchPrompts(name: CaseName): ConceptPrompt[] {
  return name === 'antonym' ? antonymWordings() : conceptPrompts(name);
}

/**
 * The search prompts that may tell what `prompt`'s concept is: not the prompt itself, and none with the same word, where
 * the word is not the concept itself.
 */
export function isAnother(prompt: ConceptPrompt, other: ConceptPrompt): boolean {
  return other.text !== prompt.text && (other.word !== prompt.word || prompt.word === prompt.concept);
}

/** The same concept, or the two directions of one pair of opposites, which share their words. */
export function areKin(concept: string, other: string): boolean {
  return concept.split('/')[0] === other.split('/')[0];
}

function antonymWordings(): ConceptPrompt[] {
  return ANTONYMS.flatMap(({ words }, pair) =>
    LANGUAGES.flatMap(from =>
      ([0, 1] as const).flatMap(direction => {
        const ask = (template: string, to: typeof from): ConceptPrompt => {
          const values = { w: words[from][direction], ...(to === from ? {} : { l: LANGUAGE_NAMES[from][to] }) };
          const adapted = from === 'fr' ? withoutElision(template, { a: '', ...values }) : template;
          const text = promptOf(adapted, values);
          return wording(text, `${pair}/${direction}`, values.w, [` ${words[to][1 - direction]}`], false);
        };
        const others = LANGUAGES.filter(language => language !== from);
        return [
          ask(ANTONYM[from][0], from),
          ...CROSS_ANTONYM[from].flatMap(template => others.map(to => ask(template, to))),
        ];
      }),
    ),
  );
}

function conceptPrompt(item: EvaluationItem): ConceptPrompt {
  const [concept, word] = conceptOf(item);
  return wording(item.prompt, concept, word, item.accepted, item.heldOut);
}

function wording(
  text: string,
  concept: string,
  word: string,
  accepted: readonly string[],
  heldOut: boolean,
): ConceptPrompt {
  const tokens = encodePrompt(text);
  return {
    text,
    concept,
    word,
    tokens,
    slots: [endOf(text, word), tokens.length - 1],
    answers: accepted.map(answer => answerTokens(text, answer)[0]),
    heldOut,
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
