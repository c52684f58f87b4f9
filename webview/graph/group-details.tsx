import type { Side } from '../../src/graph/strongest-links.ts';
import { groupKey, percent, type Subgraph } from '../model/subgraph.ts';
import type { SceneLink } from '../model/scene.ts';
import { t } from './texts.ts';
import { nodesOf } from './boxes.ts';
import { Bar, NodeButton } from './node-button.tsx';
import { groupSize } from './node-words.ts';
import { usePanel } from './panel.ts';

/** Of very large groups. */
const MOST_MEMBERS = 200;

interface FocusedGroup {
  readonly id: string;
  readonly name: string;
  readonly members: readonly number[];
}

/** A closed group of the subgraph: what it gives and takes by the formula for groups, and its members. */
export function GroupDetails({ group }: { readonly group: FocusedGroup }) {
  const { store, commands } = usePanel();
  const { part, readOnly } = store;
  const links = part.value?.links ?? [];
  const key = groupKey(group.id);
  return (
    <>
      <section class="details">
        <div class="heading">
          <h2>{group.name}</h2>
          <div class="actions">
            <button type="button" class="tool" disabled={readOnly.value} onClick={() => commands.canvas?.rename()}>
              {t('Rename')}
            </button>
            <button
              type="button"
              class="tool"
              disabled={readOnly.value}
              onClick={() => store.ungroup(store.selected.value)}
            >
              {t('Ungroup')}
            </button>
          </div>
        </div>
        <p class="facts">
          <span>{groupSize(group.members.length)}</span>
        </p>
        <ol class="rows columns">
          {group.members.slice(0, MOST_MEMBERS).map(node => (
            <li key={node}>
              <NodeButton node={node} />
            </li>
          ))}
        </ol>
        {group.members.length > MOST_MEMBERS && (
          <p class="caption">{t('and {0} more', group.members.length - MOST_MEMBERS)}</p>
        )}
      </section>
      <div class="sides">
        <GroupLinks side="inputs" links={links.filter(({ target }) => target === key)} />
        <GroupLinks side="outputs" links={links.filter(({ source }) => source === key)} />
      </div>
    </>
  );
}

function GroupLinks({ side, links }: { readonly side: Side; readonly links: readonly SceneLink[] }) {
  const { store } = usePanel();
  const { nodes }: Pick<Subgraph, 'nodes'> = store.part.value ?? { nodes: [] };
  if (links.length === 0) return null;
  const ranked = [...links].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return (
    <section data-test={side}>
      <h2>
        {t(side === 'inputs' ? 'Inputs' : 'Outputs')}{' '}
        <span class="caption">
          {t(side === 'inputs' ? 'share of this group’s inputs' : 'share of the other’s inputs')}
        </span>
      </h2>
      <ol class="rows">
        {ranked.map(({ id, source, target, weight }) => {
          const box = nodes.find(node => node.id === (side === 'inputs' ? source : target));
          return box === undefined ? null : (
            <li key={id}>
              <button type="button" class="row" onClick={() => store.select(nodesOf(store, box))}>
                <Bar weight={{ weight, share: Math.abs(weight) }} />
                <span class="name">{box.text.split('\n')[0]}</span>
                <span class="number">{percent(weight)}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
