import type { FeatureRecord } from '../../src/features/feature-record.ts';
import type { CardPlace } from '../card-protocol.ts';
import { histogramBars } from '../model/card-model.ts';
import { tokenName } from '../model/names.ts';
import { t } from './texts.ts';

const SIZE = { width: 260, height: 56 };

/** Activations over all texts, with those in this prompt marked. Heights are logarithmic. */
export function Histogram({
  record,
  places,
}: {
  readonly record: FeatureRecord;
  readonly places: readonly CardPlace[];
}) {
  const bars = histogramBars(record);
  const last = bars.at(-1);
  if (last === undefined) return null;
  const low = bars[0].from;
  const active = places.filter(({ activation }) => activation !== null);
  // An activation of this prompt may lie above all that were seen.
  const high = active.reduce((most, { activation }) => Math.max(most, activation ?? 0), last.to);
  const x = (value: number): number => ((value - low) / (high - low)) * SIZE.width;
  const marks = active.map(({ activation, token }) => `${tokenName(token)} ${(activation ?? 0).toPrecision(3)}`);
  return (
    <figure class="histogram">
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height + 4}`}
        role="img"
        aria-label={t(
          'Histogram of activations from {0} to {1}; in this prompt: {2}',
          low.toPrecision(2),
          last.to.toPrecision(3),
          marks.join(', ') || t('none'),
        )}
      >
        {bars.map(({ from, to, count, height }) => (
          <rect
            key={from}
            class="bin"
            x={x(from)}
            y={SIZE.height * (1 - height)}
            width={Math.max(0.5, x(to) - x(from) - 0.6)}
            height={SIZE.height * height}
          >
            <title>{t('{0} to {1}: {2} tokens', from.toPrecision(3), to.toPrecision(3), count)}</title>
          </rect>
        ))}
        {active.map(({ node, activation, token }) => (
          <line key={node} class="here" x1={x(activation ?? 0)} x2={x(activation ?? 0)} y1="0" y2={SIZE.height + 4}>
            <title>{t('This prompt, {0}: {1}', tokenName(token), (activation ?? 0).toPrecision(3))}</title>
          </line>
        ))}
      </svg>
      <figcaption class="caption">
        <span>{low.toPrecision(2)}</span>
        <span>
          {active.length > 0
            ? t('this prompt: {0}', `${marks.slice(0, 3).join(', ')}${marks.length > 3 ? ', …' : ''}`)
            : ''}
        </span>
        <span>{high.toPrecision(3)}</span>
      </figcaption>
    </figure>
  );
}
