import { Button } from '../ui/toolkit.ts';
import { GraphView } from './graph-view.tsx';
import { Header } from './header.tsx';
import { Lists } from './lists.tsx';
import { PanelContext, usePanel, type Panel } from './panel.ts';
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
      <p>{store.busy.value ?? 'Opening the graph…'}</p>
    </div>
  );
}

/** What is going on, what failed and what is missing. */
function Notices() {
  const { store } = usePanel();
  const { busy, failure, snapshot } = store;
  const cyclic = store.model.value?.cyclic === true;
  const notices = [
    ...(snapshot.value?.notices ?? []),
    ...(cyclic
      ? ['This graph has a cycle, so it is no attribution graph: nothing can be pruned, and it has no influence.']
      : []),
  ];
  return (
    <>
      {failure.value !== null && (
        <div class="notice failed" role="alert">
          <span>
            {failure.value.message} {failure.value.remedy}
          </span>
          {failure.value.canRetry && (
            <Button
              onClick={() => {
                failure.value = null;
                store.host.post({ type: 'retry' });
              }}
            >
              Retry
            </Button>
          )}
          <Button appearance="secondary" onClick={() => store.host.post({ type: 'run', command: 'circuit.showLog' })}>
            Show log
          </Button>
        </div>
      )}
      {busy.value !== null && snapshot.value !== null && (
        <div class="notice" role="status">
          <span class="spinner" />
          <span>{busy.value}</span>
        </div>
      )}
      {snapshot.value !== null && snapshot.value.investigation === null && (
        <div class="notice">
          <span>This graph file is open read-only.</span>
          <Button onClick={() => store.host.post({ type: 'run', command: 'circuit.startInvestigation' })}>
            Start Investigation
          </Button>
        </div>
      )}
      {notices.map(notice => (
        <div key={notice} class="notice">
          <span>{notice}</span>
        </div>
      ))}
    </>
  );
}

function EmptyState() {
  const { store } = usePanel();
  const nothing =
    store.view.value === 'subgraph'
      ? store.scoresOfPinned.value === null
        ? 'Nothing is pinned yet. Ctrl-click nodes in the graph, or press Enter on one: the subgraph holds what you pin.'
        : null
      : store.model.value?.nodes.length === 0
        ? 'The graph has no nodes.'
        : store.shown.value?.count === 0
          ? 'The filters leave no node to show.'
          : null;
  return nothing === null ? null : <p class="empty">{nothing}</p>;
}

/** What is drawn and what is not. */
function Status() {
  const { store } = usePanel();
  const { model, shown, links, pruned, view, said } = store;
  if (model.value === null || shown.value === null || links.value === null || pruned.value === null) return null;
  const parts =
    view.value === 'subgraph'
      ? [`${store.pinned.value.size} pinned`, `${store.supernodes.value.length} groups`]
      : [
          `${shown.value.count} of ${model.value.nodes.length} nodes`,
          `${links.value.links.length} of ${model.value.links.weights.length} edges`,
        ];
  const hidden =
    view.value === 'subgraph'
      ? []
      : [
          ...(shown.value.all > shown.value.count
            ? [
                `Only the strongest ${shown.value.count} of ${shown.value.all} nodes are drawn: lower the node threshold or filter.`,
              ]
            : []),
          ...(links.value.hidden > 0
            ? [
                store.selected.value.length > 0
                  ? `${links.value.hidden} edges that do not touch the selection are not drawn.`
                  : `${links.value.hidden} weaker edges are drawn when one of their nodes is selected.`,
              ]
            : []),
        ];
  return (
    <footer class="status">
      <span data-test="counts">{parts.join(' · ')}</span>
      {hidden.map(text => (
        <span key={text} class="hidden" data-test="hidden">
          {text}
        </span>
      ))}
      <span class="spring" />
      <span aria-hidden="true">{said.value}</span>
    </footer>
  );
}
