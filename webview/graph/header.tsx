import { tokenName } from '../model/names.ts';
import { t } from './texts.ts';
import { MissingModel, NextTokens } from './next-tokens.tsx';
import { usePanel } from './panel.ts';
import { Scores } from './scores.tsx';

/** The prompt as the model sees it, what it expects next, and how much the graph explains. */
export function Header() {
  const { store } = usePanel();
  const snapshot = store.snapshot.value;
  if (snapshot === null) return null;
  return (
    <header class="header">
      <Tokens />
      <NextTokens />
      <MissingModel />
      <Basis />
      <Scores />
    </header>
  );
}

/** Says where nodes are not features of a dictionary. */
function Basis() {
  const { store } = usePanel();
  if (store.snapshot.value?.graph.metadata.settings?.basis !== 'neurons') return null;
  return (
    <span
      class="chip basis"
      title={t(
        'No dictionary: the nodes are the model’s own MLP neurons. What they read is linearised at this prompt, so effects need not hold when a neuron is changed.',
      )}
    >
      {t('MLP neurons')}
    </span>
  );
}

function Tokens() {
  const { store } = usePanel();
  const tokens = store.model.value?.tokens ?? [];
  const known = store.snapshot.value?.tokens ?? [];
  const { positions } = store.filter.value;
  // A graph of another tool has no offsets at all: that makes no token special.
  const hasOffsets = known.some(({ start }) => start !== null);
  return (
    <div class="tokens" role="group" aria-label={t('Tokens of the prompt; press one to show its column alone')}>
      {tokens.map((text, position) => (
        <button
          key={position}
          type="button"
          class={[
            'chip token',
            known[position]?.special === true || (hasOffsets && known[position]?.start === null) ? 'special' : '',
            store.cursor.value === position || store.pointed.value === position ? 'marked' : '',
          ].join(' ')}
          aria-pressed={positions.includes(position)}
          title={
            known[position] === undefined || known[position].id < 0
              ? t('Token {0}: {1}', position, JSON.stringify(text))
              : t('Token {0}: {1}, id {2}', position, JSON.stringify(text), known[position].id)
          }
          onMouseEnter={() => store.point(position)}
          onMouseLeave={() => store.point(null)}
          onFocus={() => store.point(position)}
          onBlur={() => store.point(null)}
          onClick={() => {
            const next = positions.includes(position)
              ? positions.filter(one => one !== position)
              : [...positions, position].sort((a, b) => a - b);
            store.filter.value = { ...store.filter.value, positions: next };
          }}
        >
          {tokenName(text)}
        </button>
      ))}
    </div>
  );
}
