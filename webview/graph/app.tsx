import { MOST_BOXES } from '../model/subgraph.ts';
import { t } from './texts.ts';
import { DropTarget } from './drop.tsx';
import { GraphView } from './graph-view.tsx';
import { Header } from './header.tsx';
import { Lists } from './lists.tsx';
import { Notices } from './notices.tsx';
import { PanelContext, usePanel, type Panel } from './panel.ts';
import { Splitter } from './splitter.tsx';
import { Status } from './status.tsx';
import { Toolbar } from './toolbar.tsx';

export function App({ panel }: { readonly panel: Panel }) {
  const { store } = panel;
  return (
    <PanelContext.Provider value={panel}>
      <Notices />
      {store.snapshot.value === null ? <Waiting /> : <Loaded />}
      <div class="unseen" role="status" data-test="said">
        {store.said.value}
      </div>
    </PanelContext.Provider>
  );
}

function Loaded() {
  const { store } = usePanel();
  return (
    <main class="panel">
      <h1 class="unseen">{store.snapshot.value?.title}</h1>
      <Header />
      <Toolbar />
      <div class="work">
        <div class="drawing">
          <GraphView />
          <EmptyState />
          <CrowdNotice />
        </div>
        {store.listsOpen.value && <Splitter />}
        {store.listsOpen.value && <Lists />}
      </div>
      <Status />
      <DropTarget />
    </main>
  );
}

function Waiting() {
  const { store } = usePanel();
  if (store.failure.value !== null) return null;
  return (
    <div class="waiting">
      <span class="spinner" />
      <p>{store.busy.value ?? t('Opening the graph…')}</p>
    </div>
  );
}

function EmptyState() {
  const { store } = usePanel();
  const nothing = whatIsMissing();
  return nothing === null ? null : <p class="empty">{t(nothing)}</p>;

  function whatIsMissing() {
    if (store.view.value === 'subgraph') {
      const missing =
        'Nothing is pinned yet. Ctrl-click nodes in the graph, or press Enter on one: the subgraph holds what you pin.';
      return store.pinned.value.size + store.groupOf.value.size === 0 ? missing : null;
    }
    if (store.model.value?.nodes.length === 0) return 'The graph has no nodes.';
    return store.shown.value?.count === 0 ? 'The filters leave no node to show.' : null;
  }
}

/** Says that the subgraph is not drawn whole, and how it can be. */
function CrowdNotice() {
  const { store } = usePanel();
  const { boxes = 0 } = store.part.value ?? {};
  if (store.view.value !== 'subgraph' || boxes <= MOST_BOXES) return null;
  return (
    <p class="crowd" role="status" data-test="crowd">
      {t(
        'Only the {0} boxes of most influence are drawn, of {1}. Group nodes, filter them or unpin some to see the others.',
        MOST_BOXES,
        boxes.toLocaleString(document.documentElement.lang || undefined),
      )}
    </p>
  );
}
