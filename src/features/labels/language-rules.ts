import type { LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Rule } from './rule.ts';

/** Commonest function words that few of the other languages have; a list is a language's fingerprint in short texts. */
const LANGUAGES: readonly { readonly name: string; readonly words: ReadonlySet<string> }[] = [
  { name: 'English', words: list('the of and is was that with for this are were has have by from which to in an') },
  { name: 'French', words: list('le la les des du et est un une dans pour que qui pas mais avec sur au aux ce de en') },
  {
    name: 'German',
    words: list('der die das den dem des und ist ein eine nicht auf für mit von zu im aber sondern auch'),
  },
  { name: 'Spanish', words: list('el los las y es una por con para del que se no lo como pero su al más de en la') },
  { name: 'Italian', words: list('il lo gli di e è una per con che non del della dei nel sono anche da la') },
  { name: 'Portuguese', words: list('o os as e é um uma por com para do da dos das que não no na em se') },
  { name: 'Dutch', words: list('de het een en van is dat niet op te met voor zijn maar aan er om ook') },
];

/** The feature must be in texts of the language so often. */
const LEAST_SHARE = 0.5;

/** (e) The language of the text up to the token, by function words: "in French text". */
export function languageRules(fitting: Fitting): Rule[] {
  const counts = new Map<string, number>();
  for (const context of fitting.activating) {
    const language = languageAt(context, context.peak);
    if (language !== undefined) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= LEAST_SHARE * fitting.activating.length)
    .map(([language]) =>
      simpleRule('script', 'place', [`in ${language} text`], (context, i) => languageAt(context, i) === language),
    );
}

/** Silent texts are asked for every feature. */
const known = new WeakMap<LabelContext, readonly (string | undefined)[]>();

/** The language with the most function words up to `index`; undefined if none has any, or two have as many. */
export function languageAt(context: LabelContext, index: number): string | undefined {
  let languages = known.get(context);
  if (languages === undefined) known.set(context, (languages = languagesOf(context)));
  return languages[index];
}

function languagesOf({ words, first }: LabelContext): (string | undefined)[] {
  const counts = LANGUAGES.map(() => 0);
  return words.map((word, i) => {
    if (i >= first) LANGUAGES.forEach(({ words: list }, l) => list.has(word) && counts[l]++);
    const most = Math.max(...counts);
    const leading = LANGUAGES.filter((_, l) => most > 0 && counts[l] === most);
    return leading.length === 1 ? leading[0].name : undefined;
  });
}

function list(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}
