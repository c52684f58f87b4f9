import { candidate, shareOfPeaks, strongest, worth, type Candidate } from './candidate.ts';
import { ExampleSet } from './example-set.ts';
import { CLEAR_SCORE } from './feature-label.ts';
import type { Examples } from './label-examples.ts';
import type { Fitting, Rule } from './rule.ts';
import { searchRules } from './search-rules.ts';

/** Rules that are taken to the choosing examples. */
const FINALISTS = 12;
/** What a rule gains that holds at all of the strongest peaks. */
const WORTH_OF_PEAKS = 0.1;
/** A difference that some dozens of texts cannot tell from none: the rule that comes first is preferred. */
const SAME = 0.02;

/**
 * The rule that does best on the fitting and the choosing examples together, the ones as unseen as the others; rules
 * that pass on both scores go before rules that do not. Undefined if no rule was found.
 */
export function chooseRule(fitting: Fitting, choosing: Examples): Rule | undefined {
  const top = strongest(fitting);
  const value = (one: Candidate): number => worth(one) + WORTH_OF_PEAKS * shareOfPeaks(one.rule, top);
  const found = searchRules(fitting);
  const finalists = new Set(found.toSorted((a, b) => value(b) - value(a)).slice(0, FINALISTS));
  const set = new ExampleSet(choosing.activating, choosing.silent);
  const judged = found
    .filter(one => finalists.has(one))
    .map(one => ({ ...one, ...together(one, candidate(one.rule, set.scores(set.marks(one.rule, false)))) }));
  const passing = judged.filter(({ f1, fuzzing }) => f1 >= CLEAR_SCORE && fuzzing >= CLEAR_SCORE);
  const pool = passing.length > 0 ? passing : judged;
  const best = Math.max(...pool.map(value));
  return pool.find(one => value(one) >= best - SAME)?.rule;
}

function together(a: Candidate, b: Candidate): Pick<Candidate, 'f1' | 'fuzzing'> {
  return { f1: (a.f1 + b.f1) / 2, fuzzing: (a.fuzzing + b.fuzzing) / 2 };
}
