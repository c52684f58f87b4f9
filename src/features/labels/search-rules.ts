import { candidate, PRICE_OF_A_PART, quality, shareOfPeaks, strongest, worth, type Candidate } from './candidate.ts';
import { ExampleSet, type Marks } from './example-set.ts';
import { affixRules, earlierAffixRules } from './affix-rules.ts';
import { classRules, positionRules } from './class-rules.ts';
import { enclosureRules, repeatRules } from './context-rules.ts';
import { earlierRules } from './earlier-rules.ts';
import type { LabelContext } from './label-context.ts';
import { languageRules } from './language-rules.ts';
import { phraseRules } from './phrase-rules.ts';
import { ruleKinds, type Fitting, type Rule, type RuleFinder } from './rule.ts';
import { nextRules, previousRules, themeRules, tokenRules, weightRules } from './token-rules.ts';

const FINDERS: readonly RuleFinder[] = [
  tokenRules,
  weightRules,
  nextRules,
  themeRules,
  previousRules,
  classRules,
  affixRules,
  positionRules,
  languageRules,
  phraseRules,
  enclosureRules,
  earlierRules,
  earlierAffixRules,
  repeatRules,
];

/** Rules that are looked for anew where another one holds. */
const WITHIN_FINDERS: readonly RuleFinder[] = [tokenRules, previousRules, nextRules, earlierRules];

/** The best single rules that are combined with all others, and of those the ones with which others are made anew. */
const COMBINED = 6;
const REFINED = 3;
/** The same for what the best rule leaves over. */
const COMBINED_WITH_REST = 2;
/** Rules for the rest that are tried as alternatives. */
const ALTERNATIVES = 16;
/** A rule with an alternative beside it may miss texts, but must be right where it holds. */
const PRECISE = 0.85;
/** A combination must beat its parts by this much, or it says more than is known. */
const WORTH_COMBINING = 0.03;
/** Of what is left by the best rules, an alternative must explain this many texts at least. */
const WORTH_ALTERNATIVE = 4;
const READABLE_WORDS = 5;

interface Marked extends Candidate {
  readonly marks: Marks;
}

/**
 * Rules made from the fitting examples, with their scores there, each text judged as if the rule had been made without
 * it: single ones, combinations of two ("is with Dallas earlier"), and alternatives to the best of them. In the order of
 * preference among equals.
 */
export function searchRules(fitting: Fitting): Candidate[] {
  const set = new ExampleSet(fitting.activating, fitting.silent);
  const single = singleRules(fitting, set);
  const clauses = [...single, ...combinations(fitting, set, single, COMBINED, REFINED)];
  const best = bestOf(clauses, worth);
  const precise = bestOf(
    single.filter(({ marks }) => set.precision(marks) >= PRECISE),
    quality,
  );
  const alternatives = [best, precise === best ? undefined : precise].flatMap((base, i) =>
    base === undefined ? [] : alternativesTo(base, fitting, set, i === 0),
  );
  return [...clauses, ...alternatives];
}

/** The second of two alternatives is made from the texts that the first misses. */
function alternativesTo(base: Marked, fitting: Fitting, set: ExampleSet, combined: boolean): Candidate[] {
  const left = set.missed(base.marks);
  if (quality(base) > 1 - WORTH_COMBINING - PRICE_OF_A_PART) return [];
  if (left.length < WORTH_ALTERNATIVE || left.length < 0.1 * fitting.activating.length) return [];
  const rest = { ...fitting, activating: left };
  const restSet = new ExampleSet(left, fitting.silent);
  const others = singleRules(rest, restSet);
  if (combined) others.push(...combinations(rest, restSet, others, COMBINED_WITH_REST, COMBINED_WITH_REST));
  const top = strongest(fitting);
  const promising = new Set(others.toSorted((a, b) => quality(b) - quality(a)).slice(0, ALTERNATIVES));
  return others
    .filter(other => promising.has(other))
    .map(({ rule }) => {
      const marks = set.marks(rule, true);
      for (let i = 0; i < marks.length; i++) marks[i] |= base.marks[i];
      return candidate(alternative(base.rule, rule, top), set.scores(marks));
    })
    .filter(both => quality(both) >= quality(base) + WORTH_COMBINING);
}

function bestOf<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || value(item) > value(best) ? item : best),
    undefined,
  );
}

function singleRules(fitting: Fitting, set: ExampleSet): Marked[] {
  return FINDERS.flatMap(finder => finder(fitting))
    .sort((a, b) => rank(a) - rank(b))
    .map(rule => {
      const marks = set.marks(rule, true);
      return { ...candidate(rule, set.scores(marks)), marks };
    });
}

/** Of the `most` best with all others, and of the `refined` best with rules that are made anew where they hold. */
function combinations(fitting: Fitting, set: ExampleSet, single: readonly Marked[], most: number, refined: number) {
  const bases = single.toSorted((a, b) => quality(b) - quality(a)).slice(0, most);
  const combined: Marked[] = [];
  const tried = new Set<Rule>();
  for (const [i, a] of bases.entries()) {
    const positions = set.positions(a.marks);
    tried.add(a.rule);
    for (const b of single) {
      if (tried.has(b.rule) || !combine(a.rule, b.rule)) continue;
      const together = candidate(b.rule, set.scores(b.marks, positions));
      if (quality(together) < Math.max(quality(a), quality(b)) + WORTH_COMBINING) continue;
      const marks = a.marks.slice();
      for (let m = 0; m < marks.length; m++) marks[m] &= b.marks[m];
      combined.push({ ...together, rule: combination(a.rule, b.rule), marks });
    }
    if (i >= refined) continue;
    const within = { ...fitting, within: set.lookup(a.marks) };
    for (const rule of WITHIN_FINDERS.flatMap(finder => finder(within))) {
      if (!combine(a.rule, rule)) continue;
      const marks = set.marks(rule, true, a.marks);
      const together = candidate(combination(a.rule, rule), set.scores(marks, positions));
      if (quality(together) >= quality(a) + WORTH_COMBINING) combined.push({ ...together, marks });
    }
  }
  return combined;
}

/** Two lists of the same place say no more than one. */
function combine(a: Rule, b: Rule): boolean {
  const [[x], [y]] = [a.phrases[0], b.phrases[0]];
  return a.kind !== b.kind && !(x.role === y.role && x.role !== 'place');
}

function combination(a: Rule, b: Rule): Rule {
  const [first, second] = rank(a) <= rank(b) ? [a, b] : [b, a];
  return {
    kind: 'combination',
    phrases: [[...first.phrases[0], ...second.phrases[0]]],
    tokens: a.tokens,
    holds: (context, index) => a.holds(context, index) && b.holds(context, index),
  };
}

/** The one that holds at more of the strongest peaks is said first. */
function alternative(a: Rule, b: Rule, top: readonly LabelContext[]): Rule {
  const [first, second] = shareOfPeaks(a, top) >= shareOfPeaks(b, top) ? [a, b] : [b, a];
  return {
    kind: 'alternative',
    phrases: [...first.phrases, ...second.phrases],
    tokens: [],
    holds: (context, index) => a.holds(context, index) || b.holds(context, index),
  };
}

/** The order of kinds, but a list of words too long to be read comes after a pattern that is as good. */
function rank(rule: Rule): number {
  const order = ruleKinds.indexOf(rule.kind);
  return rule.tokens.length > READABLE_WORDS ? Math.max(order, ruleKinds.indexOf('enclosure') + 0.5) : order;
}
