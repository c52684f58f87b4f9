import { t, type GraphText } from './texts.ts';
import { KEYS } from './keys.ts';

const SAMPLES: readonly (readonly [kind: string, means: GraphText])[] = [
  ['sample feature', 'feature: a direction that the dictionary learned; a dot where its name has no room'],
  ['sample error', 'reconstruction error: what the dictionary misses'],
  ['sample token', 'embedding of a token'],
  ['sample logit', 'output that is explained'],
  ['sample pinned', 'pinned: in the subgraph'],
  ['line positive', 'raises what it points to'],
  ['line negative', 'lowers it'],
];

/** What shapes, lines and colours mean, and what the keys do. */
export function Help() {
  return (
    <>
      <h2>{t('Legend')}</h2>
      <ul class="legend">
        {SAMPLES.map(([kind, means]) => (
          <li key={kind}>
            <span class={kind} /> {t(means)}
          </li>
        ))}
        <li class="caption">
          {t('Lines go up; the wider, the larger the effect. Columns are tokens, rows are layers.')}
        </li>
        <li class="caption">{t('In the subgraph a line’s width is its share of the inputs of what it points to.')}</li>
      </ul>
      <h2>{t('Keys')}</h2>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
