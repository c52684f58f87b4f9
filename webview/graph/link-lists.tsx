import { useSignal } from '@preact/signals';
import type { RankedLink, Side } from '../../src/graph/strongest-links.ts';
import { tokenName } from '../model/names.ts';
import { groupByPosition, signedLinks } from '../model/ranked-links.ts';
import { t } from './texts.ts';
import { NodeButton } from './node-button.tsx';
import { share } from './node-words.ts';
import { usePanel } from './panel.ts';

const FIRST = 12;
const MOST = 1000;
const MOST_OF_TOKEN = 200;

/** The links of a node on one side, ranked and split by sign. */
export function SideList({ node, side }: { readonly node: number; readonly side: Side }) {
  const { store } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const { positive, negative, positiveShare, magnitude } = signedLinks(model, node, side);
  if (positive.length + negative.length === 0) return null;
  const caption =
    side === 'inputs'
      ? 'share of this node’s inputs'
      : store.byToken.value
        ? 'share of this node’s outputs'
        : 'share of the other node’s inputs';
  return (
    <section data-test={side}>
      <h2>
        {t(side === 'inputs' ? 'Inputs' : 'Outputs')} <span class="caption">{t(caption)}</span>
      </h2>
      <SignedList
        key={`${node}+`}
        title={t('Raise {0}', share(positiveShare))}
        links={positive}
        sign="positive"
        magnitude={magnitude}
      />
      <SignedList
        key={`${node}-`}
        title={t('Lower {0}', share(1 - positiveShare))}
        links={negative}
        sign="negative"
        magnitude={magnitude}
      />
    </section>
  );
}

function SignedList({
  title,
  links,
  sign,
  magnitude,
}: {
  readonly title: string;
  readonly links: readonly RankedLink[];
  readonly sign: 'positive' | 'negative';
  readonly magnitude: number;
}) {
  const { store } = usePanel();
  const all = useSignal(false);
  const model = store.model.value;
  if (links.length === 0 || model === null) return null;
  const shown = all.value ? links.slice(0, MOST) : links.slice(0, FIRST);
  const rows = (list: readonly RankedLink[]) => (
    <ol class="rows">
      {list.map(link => (
        <li key={link.link}>
          <NodeButton node={link.other} weight={link} />
        </li>
      ))}
    </ol>
  );
  return (
    <>
      <h3 class={sign}>{title}</h3>
      {store.byToken.value
        ? groupByPosition(model, links, magnitude)
            .slice(0, all.value ? MOST : FIRST)
            .map(group => (
              <details key={group.position}>
                <summary onMouseEnter={() => store.point(group.position)} onMouseLeave={() => store.point(null)}>
                  <span class="name">{tokenName(model.tokens[group.position])}</span>
                  <span class="caption">{group.links.length}</span>
                  <span class="number">{share(group.share)}</span>
                </summary>
                {rows(group.links.slice(0, MOST_OF_TOKEN))}
              </details>
            ))
        : rows(shown)}
      {links.length > FIRST && !store.byToken.value && (
        <button type="button" class="more" onClick={() => (all.value = !all.value)}>
          {all.value ? t('Fewer') : t('All {0}', links.length)}
        </button>
      )}
    </>
  );
}
