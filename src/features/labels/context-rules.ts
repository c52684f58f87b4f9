import type { LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Rule } from './rule.ts';

const PAIRS = [
  { name: 'quotes', open: /["“«„]/u, close: /["”»“]/u },
  { name: 'parentheses', open: /\(/u, close: /\)/u },
  { name: 'brackets', open: /[[{]/u, close: /[\]}]/u },
  { name: 'code', open: /`/u, close: /`/u },
] as const;

/** (h) Between an opening mark and its closing one; the marks themselves are outside. */
export function enclosureRules(fitting: Fitting): Rule[] {
  return PAIRS.filter(({ open }) => fitting.activating.some(({ texts }) => texts.some(text => open.test(text)))).map(
    ({ name, open, close }) =>
      simpleRule('enclosure', 'place', [`inside ${name}`], ({ texts }, index) => {
        let inside = false;
        for (let i = 0; i < index; i++) inside = inside ? !close.test(texts[i]) : open.test(texts[i]);
        return inside && !close.test(texts[index]);
      }),
  );
}

/** The token, the one after it or the one before it has stood in the text before. */
export function repeatRules(): Rule[] {
  return [
    simpleRule('repeat', 'at', ['repeated word'], (context, index) => repeats(context).word[index] === 1),
    simpleRule('repeat', 'before', ['a repeated word'], (context, index) => repeats(context).word[index + 1] === 1),
    simpleRule('repeat', 'after', ['a repeated word'], (context, index) => repeats(context).word[index - 1] === 1),
    // A name comes twice, as in "John and Mary ... John gave": what picks out the other one.
    simpleRule('repeat', 'earlier', ['a repeated name'], (context, index) => index > repeats(context).firstName),
  ];
}

interface Repeats {
  /** 1 at each word that has stood in the text before. */
  readonly word: Uint8Array;
  /** The first of them that is capitalised, or Infinity. */
  readonly firstName: number;
}

/** Silent texts are asked for every feature. */
const known = new WeakMap<LabelContext, Repeats>();

function repeats(context: LabelContext): Repeats {
  let found = known.get(context);
  if (found === undefined) known.set(context, (found = findRepeats(context)));
  return found;
}

function findRepeats({ texts, words, first }: LabelContext): Repeats {
  const word = new Uint8Array(words.length);
  const seen = new Set<string>();
  let firstName = Infinity;
  for (let i = first; i < words.length; i++) {
    if (seen.has(words[i]) && /\p{L}/u.test(words[i])) {
      word[i] = 1;
      if (firstName === Infinity && /^\p{Lu}/u.test(texts[i])) firstName = i;
    }
    seen.add(words[i]);
  }
  return { word, firstName };
}
