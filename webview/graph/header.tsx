import { useSignal } from '@preact/signals';
import type { LikelyToken } from '../../src/engine/protocol.ts';
import { tokenName } from '../model/names.ts';
import { share } from './node-words.ts';
import { usePanel } from './panel.ts';

/** The prompt as the model sees it, what it expects next, and how much the graph explains. */
export function Header() {
  const { store } = usePanel();
  const snapshot = store.snapshot.value;
  if (snapshot === null) return null;
  return (
    <header class="header">
      <Tokens />
      <NextTokens />
      <Scores />
    </header>
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
    <div class="tokens" role="group" aria-label="Tokens of the prompt; press one to show its column alone">
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
          title={`Token ${position}: ${JSON.stringify(text)}${known[position] === undefined ? '' : `, id ${known[position].id}`}`}
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
    <div class="next" role="group" aria-label="Likeliest next tokens">
      <span class="caption">next</span>
      {likely.map(token => (
        <button
          key={token.id}
          type="button"
          class={`chip ${traced.has(token.id) ? 'traced' : ''}`}
          aria-pressed={first.value?.id === token.id}
          disabled={!can}
          title={
            can
              ? `${JSON.stringify(token.text)}, ${share(token.probability, 3)}. Click: trace what leads to it. Ctrl-click two: trace their difference.`
              : `${JSON.stringify(token.text)}, ${share(token.probability, 3)}`
          }
          onClick={event => choose(token, event.ctrlKey || event.metaKey)}
        >
          {tokenName(token.text)} <span class="number">{chance(token.probability)}</span>
        </button>
      ))}
      {first.value !== null && <span class="caption">− … Ctrl-click the token to subtract</span>}
      {store.investigation.value?.settings.target !== undefined && can && (
        <button type="button" class="chip" onClick={() => void store.retarget(null)}>
          All salient outputs
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

const SCORES = [
  {
    key: 'replacement',
    name: 'Replacement',
    tip: 'Replacement score: of the influence on the outputs, the share that comes from the tokens and not from reconstruction errors.',
  },
  {
    key: 'completeness',
    name: 'Completeness',
    tip: 'Completeness score: the share of the inputs of all nodes, weighted by their influence, that are not reconstruction errors. As circuit-tracer defines it; tokens and errors count as complete, so it flatters.',
  },
  {
    key: 'strictCompleteness',
    name: 'Strict',
    tip: 'Strict completeness: the same over the nodes that have inputs.',
  },
] as const;

function Scores() {
  const { store } = usePanel();
  const recorded = store.snapshot.value?.scores;
  const part = store.scoresOfPinned.value;
  if (recorded === undefined) return null;
  const isRecorded = recorded.replacement !== null;
  const whole = isRecorded ? recorded : store.scoresOfFile.value;
  const of = isRecorded
    ? 'Of the whole graph, before pruning'
    : 'Of the links in this file, which says nothing of the whole: a pruned graph flatters';
  return (
    <dl class="scores" aria-label="Scores">
      {SCORES.map(({ key, name, tip }) => (
        <div
          key={key}
          title={`${tip}\n\n${of}: ${score(whole?.[key] ?? null)}${part === null ? '' : `\nOf the pinned part, all other features counted as errors: ${score(part[key])}`}`}
        >
          <dt>{isRecorded ? name : `${name} of file`}</dt>
          <dd>
            {score(whole?.[key] ?? null)}
            {part !== null && <span class="pinned-score"> · pinned {score(part[key])}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function score(value: number | null): string {
  return value === null || Number.isNaN(value) ? '–' : value.toFixed(2);
}
