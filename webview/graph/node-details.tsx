import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import { t } from './texts.ts';
import { SideList } from './link-lists.tsx';
import { nodeFacts } from './node-words.ts';
import { usePanel } from './panel.ts';

export function NodeDetails({ node }: { readonly node: number }) {
  const { store } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const several = store.selected.value.length;
  return (
    <>
      <section class="details">
        <div class="heading">
          <h2>{store.names.value[node]}</h2>
          <Actions node={node} />
        </div>
        <p class="facts">
          {nodeFacts(store, node).map(line => (
            <span key={line}>{line}</span>
          ))}
          {several > 1 && <span>{t('{0} nodes are selected.', several)}</span>}
        </p>
      </section>
      <div class="sides">
        <SideList node={node} side="inputs" />
        <SideList node={node} side="outputs" />
      </div>
    </>
  );
}

function Actions({ node }: { readonly node: number }) {
  const { store } = usePanel();
  const isPinned = store.pinned.value.has(node);
  const kind = store.model.value?.nodes[node].kind ?? '';
  return (
    <div class="actions">
      <label>
        <input
          type="checkbox"
          checked={store.byToken.value}
          onChange={event => (store.byToken.value = event.currentTarget.checked)}
        />
        {t('Group by token')}
      </label>
      <button
        type="button"
        class="tool"
        aria-pressed={isPinned}
        disabled={store.readOnly.value}
        onClick={() => store.togglePins(store.selected.value)}
      >
        {t(isPinned ? 'Unpin' : 'Pin')}
      </button>
      {store.selected.value.length > 1 && (
        <button
          type="button"
          class="tool"
          disabled={store.readOnly.value}
          onClick={() => store.group(store.selected.value)}
        >
          {t('Group')}
        </button>
      )}
      {isFeatureKind(kind) && (
        <button
          type="button"
          class="tool"
          onClick={() => store.host.post({ type: 'run', command: 'circuit.feature.showCard' })}
        >
          {t('Show card')}
        </button>
      )}
    </div>
  );
}
