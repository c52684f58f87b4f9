import type { Phrase, Rule } from './rule.ts';

/** What a node of a graph has room for. */
export const LABEL_CHARACTERS = 40;

/** Names of a list that are shown, tried from the most. */
const NAMES_SHOWN = [3, 2, 1] as const;

/** The order in which the parts of a combination are read: "say Austin at is after city with Dallas earlier". */
const ORDER: readonly Phrase['role'][] = ['say', 'at', 'after', 'before', 'place', 'earlier'];

/**
 * The label in plain words, with as many names as there is room for; what there is no room for is "…". A theme
 * (theme.ts) stands at the end in parentheses, if there is room beside two names.
 */
export function worded(rule: Pick<Rule, 'phrases'>, theme?: string, characters = LABEL_CHARACTERS): string {
  const fitting = [...wordings(rule.phrases)].find(({ text }) => text.length <= characters);
  if (fitting === undefined)
    return `${combined(rule.phrases[0].slice(0, 1), 1)
      .slice(0, characters - 1)
      .trimEnd()}…`;
  const mark = theme === undefined ? '' : ` (${theme})`;
  const themed = [...wordings(rule.phrases)].find(({ text }) => text.length + mark.length <= characters);
  return themed?.whole === true && themed.most > 1 ? themed.text + mark : fitting.text;
}

interface Wording {
  readonly text: string;
  /** Names shown of each list. */
  readonly most: number;
  /** Nothing but names is left out. */
  readonly whole: boolean;
}

/** From the longest to the shortest: fewer names, then without the alternative, then without the other parts. */
function* wordings(alternatives: Rule['phrases']): Generator<Wording> {
  for (const most of NAMES_SHOWN) {
    yield { text: alternatives.map(parts => combined(parts, most)).join(' or '), most, whole: true };
  }
  const [first] = alternatives;
  if (alternatives.length > 1) {
    for (const most of NAMES_SHOWN) yield { text: `${combined(first, most)} or …`, most, whole: false };
  }
  // A list says more than a description.
  const telling = first.toSorted((a, b) => Number(b.words.length > 0) - Number(a.words.length > 0));
  for (let parts = first.length - 1; parts > 0; parts--) {
    for (const most of NAMES_SHOWN) {
      const text = combined(telling.slice(0, parts), most);
      yield { text: text.endsWith('…') ? text : `${text} …`, most, whole: false };
    }
  }
}

function combined(parts: readonly Phrase[], most: number): string {
  const sorted = parts.toSorted((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
  return sorted
    .map((part, i) => phrase(part, most, i === 0 ? undefined : sorted[i - 1].role, sorted.length > 1))
    .join(' ');
}

function phrase({ role, names }: Phrase, most: number, follows: Phrase['role'] | undefined, among: boolean): string {
  const list = shortened(names, most);
  switch (role) {
    case 'at':
      return follows === 'say' ? `at ${list}` : list;
    case 'place':
      return list;
    case 'earlier':
      return among ? `with ${list} earlier` : `${list} earlier`;
    default:
      return `${role} ${list}`;
  }
}

function shortened(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown}, …` : shown;
}
