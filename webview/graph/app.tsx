import { t } from './texts.ts';
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
        </div>
        {store.listsOpen.value && <Splitter />}
        {store.listsOpen.value && <Lists />}
      </div>
      <Status />
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
      return store.scoresOfPinned.value === null ? missing : null;
    }
    if (store.model.value?.nodes.length === 0) return 'The graph has no nodes.';
    return store.shown.value?.count === 0 ? 'The filters leave no node to show.' : null;
  }
}
