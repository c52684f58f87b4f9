import type { LikelyTokenWeight } from '../../src/engine/protocol.ts';
import type { CardLink } from '../card-protocol.ts';
import { tokenName } from '../model/names.ts';
import { useCard } from './card-context.ts';
import { percent, Section } from './section.tsx';

/** Tokens that the feature promotes or suppresses; without weights where only their names are known. */
export function Logits({
  title,
  words,
  fallback,
}: {
  readonly title: string;
  readonly words: readonly LikelyTokenWeight[];
  readonly fallback: readonly string[];
}) {
  const items = words.length > 0 ? words : fallback.map(text => ({ text, weight: null }));
  if (items.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ol class="plain">
        {items.slice(0, 10).map(({ text, weight }, i) => (
          <li key={i}>
            <span>{tokenName(text)}</span>
            {weight !== null && <span class="number">{weight.toFixed(2).replace('-', '−')}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Strongest links of the feature; each leads to its node. */
export function Links({ title, links }: { readonly title: string; readonly links: readonly CardLink[] }) {
  const { host } = useCard();
  if (links.length === 0) return null;
  return (
    <Section title={title}>
      <ol class="rows">
        {links.map(({ node, name, token, weight, share }) => (
          <li key={node}>
            <button type="button" class="row" onClick={() => host.post({ type: 'select', node })}>
              <span class={`sign ${weight < 0 ? 'negative' : 'positive'}`}>{weight < 0 ? '−' : '+'}</span>
              <span class="name">{name}</span>
              <span class="place">{tokenName(token)}</span>
              <span class="number">{percent(share)}</span>
            </button>
          </li>
        ))}
      </ol>
    </Section>
  );
}
