import { t } from './texts.ts';
import { usePanel } from './panel.ts';

const SCORES = [
  {
    key: 'replacement',
    name: 'Replacement',
    short: 'Repl.',
    tip: 'Replacement score: of the influence on the outputs, the share that comes from the tokens and not from reconstruction errors.',
  },
  {
    key: 'completeness',
    name: 'Completeness',
    short: 'Compl.',
    tip: 'Completeness score: the share of the inputs of all nodes, weighted by their influence, that are not reconstruction errors. As circuit-tracer defines it; tokens and errors count as complete, so it flatters.',
  },
  {
    key: 'strictCompleteness',
    name: 'Strict',
    short: 'Strict',
    tip: 'Strict completeness: the same over the nodes that have inputs.',
  },
] as const;

/** How much the graph explains, and how much of that the pinned part does. */
export function Scores() {
  const { store } = usePanel();
  const recorded = store.snapshot.value?.scores;
  const part = store.scoresOfPinned.value;
  if (recorded === undefined) return null;
  const isRecorded = recorded.replacement !== null;
  const whole = isRecorded ? recorded : store.scoresOfFile.value;
  return (
    <dl class="scores" aria-label={t('Scores')}>
      {SCORES.map(({ key, name, short, tip }) => {
        const value = score(whole?.[key] ?? null);
        const tips = [
          t(tip),
          t(
            isRecorded
              ? 'Of the whole graph, before pruning: {0}'
              : 'Of the links in this file, which says nothing of the whole: a pruned graph flatters: {0}',
            value,
          ),
          ...(part === null
            ? []
            : [t('Of the pinned part, all other features counted as errors: {0}', score(part[key]))]),
        ];
        return (
          <div key={key} title={tips.join('\n\n')}>
            <dt>
              <span class="long">{isRecorded ? t(name) : t('{0} of file', t(name))}</span>
              <span class="short" aria-hidden="true">
                {isRecorded ? t(short) : t('{0} of file', t(short))}
              </span>
            </dt>
            <dd>{value}</dd>
            {part !== null && (
              <dd class="pinned-score">
                <span class="pin" role="img" aria-label={t('of the pinned part {0}', '')} />
                {score(part[key])}
              </dd>
            )}
          </div>
        );
      })}
    </dl>
  );
}

function score(value: number | null): string {
  return value === null || Number.isNaN(value) ? '–' : value.toFixed(2);
}
