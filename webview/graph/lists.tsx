import { useComputed } from '@preact/signals';
import { t } from './texts.ts';
import { GroupDetails } from './group-details.tsx';
import { NodeButton } from './node-button.tsx';
import { NodeDetails } from './node-details.tsx';
import { usePanel } from './panel.ts';

const STRONGEST = 60;

/**
 * Beside the drawing: the selected node or group with its inputs and outputs; else what was found; else the strongest
 * nodes.
 */
export function Lists() {
  const { store } = usePanel();
  const focused = store.focused.value;
  const group = store.selectedGroup.value;
  if (store.model.value === null) return null;
  return (
    <aside class="lists" aria-label={t('Nodes and links')}>
      {store.query.value.trim() !== '' && <NodeList title={t('Found')} nodes={store.found.value} />}
      {group !== null ? (
        <GroupDetails group={group} />
      ) : focused !== null ? (
        <NodeDetails node={focused} />
      ) : (
        <Strongest />
      )}
    </aside>
  );
}

function Strongest() {
  const { store } = usePanel();
  const nodes = useComputed(() => {
    const shown = store.shown.value?.nodes;
    const { rank, nodes: all } = store.model.value ?? { rank: new Uint32Array(), nodes: [] };
    if (shown === undefined) return [];
    const order = [...all.keys()].filter(node => shown[node] === 1);
    const outputs = order.filter(node => all[node].kind === 'logit');
    const others = order.filter(node => all[node].kind !== 'logit').sort((a, b) => rank[a] - rank[b]);
    return [...outputs, ...others];
  });
  return <NodeList title={t('Strongest nodes')} nodes={nodes.value} />;
}

function NodeList({ title, nodes }: { readonly title: string; readonly nodes: readonly number[] }) {
  const { store } = usePanel();
  if (store.model.value === null) return null;
  return (
    <section>
      <h2>
        {title} <span class="caption">{nodes.length}</span>
      </h2>
      <ol class="rows columns">
        {nodes.slice(0, STRONGEST).map(node => (
          <li key={node}>
            <NodeButton node={node} />
          </li>
        ))}
      </ol>
      {nodes.length > STRONGEST && <p class="caption">{t('and {0} more', nodes.length - STRONGEST)}</p>}
    </section>
  );
}
