import { t } from './texts.ts';
import { usePanel } from './panel.ts';

/** What is drawn and what is not. */
export function Status() {
  const { store } = usePanel();
  if (store.model.value === null || store.shown.value === null || store.links.value === null) return null;
  const { counts, hidden } = store.view.value === 'subgraph' ? subgraphCounts() : graphCounts();
  return (
    <footer class="status">
      <span data-test="counts">{counts.join(' · ')}</span>
      {hidden.map(text => (
        <span key={text} class="hidden" data-test="hidden">
          {text}
        </span>
      ))}
      <span class="spring" />
      <span aria-hidden="true">{store.said.value}</span>
    </footer>
  );

  function subgraphCounts() {
    const groups = store.supernodes.value.length;
    const weaker = store.part.value?.hidden ?? 0;
    return {
      counts: [t('{0} pinned', store.pinned.value.size), groups === 1 ? t('1 group') : t('{0} groups', groups)],
      hidden: weaker > 0 ? [t('{0} weaker links are not drawn.', weaker)] : [],
    };
  }

  function graphCounts() {
    const { count = 0, all = 0 } = store.shown.value ?? {};
    const { links: drawn = [], hidden: left = 0 } = store.links.value ?? {};
    const whole = store.model.value;
    const hidden = [];
    if (all > count)
      hidden.push(t('Only the strongest {0} of {1} nodes are drawn: lower the node threshold or filter.', count, all));
    if (left > 0)
      hidden.push(
        store.selected.value.length > 0
          ? t('{0} edges that do not touch the selection are not drawn.', left)
          : t('{0} weaker edges are drawn when one of their nodes is selected.', left),
      );
    return {
      counts: [
        t('{0} of {1} nodes', count, whole?.nodes.length ?? 0),
        t('{0} of {1} edges', drawn.length, whole?.links.weights.length ?? 0),
      ],
      hidden,
    };
  }
}
