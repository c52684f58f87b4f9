import { useSignal } from '@preact/signals';
import type { LikelyToken } from '../../src/engine/protocol.ts';
import { tokenName } from '../model/names.ts';
import { t } from './texts.ts';
import { share } from './node-words.ts';
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

/** Clicking a token traces it; Ctrl-clicking two traces their difference. */
function NextTokens() {
  const { store } = usePanel();
  const first = useSignal<LikelyToken | null>(null);
  const snapshot = store.snapshot.value;
  if (snapshot === null || snapshot.top.length === 0) return null;
  const likely = snapshot.top.filter(({ probability }, i) => i < 3 || (i < 8 && probability >= 0.001));
  const can = snapshot.hasModel && store.busy.value === null;
  const traced = new Set(
    store.model.value?.nodes.filter(({ kind }) => kind === 'logit').map(({ token }) => token) ?? [],
  );
  const choose = (token: LikelyToken, difference: boolean): void => {
    if (!difference) {
      first.value = null;
      void store.retarget(targetOf(token));
    } else if (first.value === null || first.value.id === token.id) {
      first.value = first.value === null ? token : null;
    } else {
      const target = `${targetOf(first.value)} - ${targetOf(token)}`;
      first.value = null;
      void store.retarget(target);
    }
  };
  return (
    <div class="next" role="group" aria-label={t('Likeliest next tokens')}>
      <span class="caption">{t('next')}</span>
      {likely.map(token => (
        <button
          key={token.id}
          type="button"
          class={`chip ${traced.has(token.id) ? 'traced' : ''}`}
          aria-pressed={first.value?.id === token.id}
          disabled={!can}
          title={t(
            can ? '{0}, {1}. Click: trace what leads to it. Ctrl-click two: trace their difference.' : '{0}, {1}',
            JSON.stringify(token.text),
            share(token.probability, 3),
          )}
          onClick={event => choose(token, event.ctrlKey || event.metaKey)}
        >
          {tokenName(token.text)} <span class="number">{chance(token.probability)}</span>
        </button>
      ))}
      {first.value !== null && <span class="caption">{t('− … Ctrl-click the token to subtract')}</span>}
      {store.investigation.value?.settings.target !== undefined && can && (
        <button type="button" class="chip" onClick={() => void store.retarget(null)}>
          {t('All salient outputs')}
        </button>
      )}
    </div>
  );
}

function chance(probability: number): string {
  if (probability < 0.001) return '<0.1 %';
  return share(probability, probability < 0.1 ? 1 : 0);
}

/** As `--target` takes it: the text as JSON writes it. */
function targetOf({ text, id }: LikelyToken): string {
  return text === '' ? String(id) : JSON.stringify(text);
}
