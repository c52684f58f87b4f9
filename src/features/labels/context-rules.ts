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
    simpleRule('repeat', 'at', ['repeated word'], isRepeat),
    simpleRule('repeat', 'before', ['a repeated word'], (context, index) => isRepeat(context, index + 1)),
    simpleRule('repeat', 'after', ['a repeated word'], (context, index) => isRepeat(context, index - 1)),
    // A name comes twice, as in "John and Mary ... John gave": what picks out the other one.
    simpleRule('repeat', 'earlier', ['a repeated name'], repeatedName),
  ];
}

function isRepeat({ words, first }: LabelContext, index: number): boolean {
  return index > first && index < words.length && /\p{L}/u.test(words[index]) && words.indexOf(words[index]) < index;
}

function repeatedName(context: LabelContext, index: number): boolean {
  const { texts, first } = context;
  for (let i = first + 1; i < index; i++) {
    if (/^\p{Lu}/u.test(texts[i]) && isRepeat(context, i)) return true;
  }
  return false;
}
