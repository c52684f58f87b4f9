import { ExampleSet, type Marks, type Scores } from './example-set.ts';
import { affixRules, earlierAffixRules } from './affix-rules.ts';
import { classRules, positionRules } from './class-rules.ts';
import { enclosureRules, repeatRules } from './context-rules.ts';
import { earlierRules } from './earlier-rules.ts';
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
const REFINED = 4;
/** A combination must beat its parts by this much, or it says more than is known. */
const WORTH_COMBINING = 0.03;
/** Of what is left by the best rules, an alternative must explain this many texts at least. */
const WORTH_ALTERNATIVE = 4;
const READABLE_WORDS = 5;

export interface Candidate {
  readonly rule: Rule;
  readonly f1: number;
  readonly fuzzing: number;
}

interface Marked extends Candidate {
  readonly marks: Marks;
}

/**
 * Rules made from the fitting examples, with their scores there, each text judged as if the rule had been made without
 * it: single ones, combinations of two ("is with Dallas earlier"), and alternatives, of which the second is made from the texts
 * that the first misses. In the order of preference among equals.
 */
export function searchRules(fitting: Fitting): Candidate[] {
  const set = new ExampleSet(fitting.activating, fitting.silent);
  const clauses = clausesOf(fitting, set);
  const best = clauses.reduce<Marked | undefined>(
    (top, clause) => (top === undefined || quality(clause) > quality(top) ? clause : top),
    undefined,
  );
  if (best === undefined) return [];
  const left = set.missed(best.marks);
  if (left.length < WORTH_ALTERNATIVE || left.length < 0.1 * fitting.activating.length) return clauses;
  const rest = { ...fitting, activating: left };
  const alternatives = clausesOf(rest, new ExampleSet(left, fitting.silent)).flatMap(({ rule }) => {
    const marks = set.marks(rule, true);
    for (let i = 0; i < marks.length; i++) marks[i] |= best.marks[i];
    const both = candidate(alternative(best.rule, rule), set.scores(marks));
    return quality(both) < quality(best) + WORTH_COMBINING ? [] : [both];
  });
  return [...clauses, ...alternatives];
}

export function quality({ f1, fuzzing }: Pick<Candidate, 'f1' | 'fuzzing'>): number {
  return (f1 + fuzzing) / 2;
}

/** A score that could not be measured takes no part: all rules have the same. */
export function candidate(rule: Rule, { detectionF1, fuzzing }: Scores): Candidate {
  return { rule, f1: detectionF1 ?? 1, fuzzing: fuzzing ?? 1 };
}

function clausesOf(fitting: Fitting, set: ExampleSet): Marked[] {
  const single = FINDERS.flatMap(finder => finder(fitting))
    .sort((a, b) => rank(a) - rank(b))
    .map((rule): Marked => {
      const marks = set.marks(rule, true);
      return { ...candidate(rule, set.scores(marks)), marks };
    });
  const strongest = single.toSorted((a, b) => quality(b) - quality(a)).slice(0, COMBINED);
  const combined: Marked[] = [];
  const tried = new Set<Rule>();
  for (const [i, a] of strongest.entries()) {
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
    if (i >= REFINED) continue;
    const within = { ...fitting, within: set.lookup(a.marks) };
    for (const rule of WITHIN_FINDERS.flatMap(finder => finder(within))) {
      if (!combine(a.rule, rule)) continue;
      const marks = set.marks(rule, true, a.marks);
      const together = candidate(combination(a.rule, rule), set.scores(marks, positions));
      if (quality(together) >= quality(a) + WORTH_COMBINING) combined.push({ ...together, marks });
    }
  }
  return [...single, ...combined];
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

function alternative(a: Rule, b: Rule): Rule {
  return {
    kind: 'alternative',
    phrases: [...a.phrases, ...b.phrases],
    tokens: [],
    holds: (context, index) => a.holds(context, index) || b.holds(context, index),
  };
}

/** The order of kinds, but a list of words too long to be read comes after a pattern that is as good. */
function rank(rule: Rule): number {
  const order = ruleKinds.indexOf(rule.kind);
  return rule.tokens.length > READABLE_WORDS ? Math.max(order, ruleKinds.indexOf('enclosure') + 0.5) : order;
}
