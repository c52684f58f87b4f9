import { CLEAR_SCORE } from './feature-label.ts';
import type { ExampleSet, Scores } from './example-set.ts';
import type { Rule } from './rule.ts';

/** Differences that a few dozen texts cannot tell from none. */
const SAME_F1 = 0.05;
const SAME_FUZZING = 0.02;
/** A combination must beat its parts by this much, or it says more than is known. */
const WORTH_COMBINING = 0.05;
/** The best single rules that are combined with all others. */
const COMBINED = 6;

interface Candidate {
  readonly rule: Rule;
  readonly f1: number;
  readonly fuzzing: number;
}

/**
 * The best of `rules` (in the order of preference) on the fitting examples, alone or two together: of those with the
 * best F1, the one that marks the right tokens best, of those the first. Rules that pass on both scores go before rules
 * that do not. Undefined without rules.
 */
export function chooseRule(rules: readonly Rule[], fitting: ExampleSet): Rule | undefined {
  const single = rules.map(rule => {
    const marks = fitting.marks(rule, true);
    return { marks, ...candidate(rule, fitting.scores(marks)) };
  });
  const strongest = single.toSorted((a, b) => quality(b) - quality(a)).slice(0, COMBINED);
  const tried = new Set<string>();
  const combined: Candidate[] = [];
  for (const a of strongest) {
    for (const b of single) {
      if (a === b || a.rule.kind === b.rule.kind || tried.has(`${b.rule.text}\0${a.rule.text}`)) continue;
      tried.add(`${a.rule.text}\0${b.rule.text}`);
      const together = candidate(a.rule, fitting.scores(a.marks, b.marks));
      if (quality(together) < Math.max(quality(a), quality(b)) + WORTH_COMBINING) continue;
      const [first, second] = single.indexOf(a) < single.indexOf(b) ? [a.rule, b.rule] : [b.rule, a.rule];
      combined.push({ ...together, rule: combination(first, second) });
    }
  }
  return best([...single, ...combined])?.rule;
}

function best(candidates: readonly Candidate[]): Candidate | undefined {
  const passing = candidates.filter(({ f1, fuzzing }) => f1 >= CLEAR_SCORE && fuzzing >= CLEAR_SCORE);
  const pool = passing.length > 0 ? passing : candidates;
  const bestF1 = Math.max(...pool.map(({ f1 }) => f1));
  const detecting = pool.filter(({ f1 }) => f1 >= bestF1 - SAME_F1);
  const bestFuzzing = Math.max(...detecting.map(({ fuzzing }) => fuzzing));
  return detecting.find(({ fuzzing }) => fuzzing >= bestFuzzing - SAME_FUZZING);
}

/** A score that could not be measured takes no part: all rules have the same. */
function candidate(rule: Rule, { detectionF1, fuzzing }: Scores): Candidate {
  return { rule, f1: detectionF1 ?? 1, fuzzing: fuzzing ?? 1 };
}

function quality({ f1, fuzzing }: Candidate): number {
  return (f1 + fuzzing) / 2;
}

function combination(a: Rule, b: Rule): Rule {
  return {
    kind: 'combination',
    text: `${a.text} & ${b.text}`,
    tokens: a.tokens,
    holds: (context, index) => a.holds(context, index) && b.holds(context, index),
  };
}
