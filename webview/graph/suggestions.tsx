import { useComputed } from '@preact/signals';
import { membersOf, subgraphMembers } from '../model/subgraph.ts';
import { placeName } from '../model/names.ts';
import { suggestGroups } from '../model/suggest-groups.ts';
import { t } from './texts.ts';
import { usePanel } from './panel.ts';

/** Nodes of the subgraph that may belong together; without any pins, of the graph. */
export function Suggestions() {
  const { store } = usePanel();
  const suggestions = useComputed(() => {
    const model = store.model.value;
    if (model === null) return [];
    const groups = store.supernodes.value;
    const members = subgraphMembers(model, store.pinned.value, groups);
    const shown = store.shown.value?.nodes ?? new Uint8Array();
    const candidates = members.size > 1 ? members : [...model.nodes.keys()].filter(node => shown[node] === 1);
    return suggestGroups(model, store.names.value, candidates, new Set(groups.flatMap(one => membersOf(model, one))));
  });
  const model = store.model.value;
  if (model === null) return null;
  if (suggestions.value.length === 0)
    return <p>{t('No two ungrouped nodes have the same label or the same words.')}</p>;
  return (
    <ul class="suggestions">
      {suggestions.value.slice(0, 30).map(({ name, reason, members }) => (
        <li key={members.join()}>
          <div>
            <strong>{name}</strong> ·{' '}
            {t(reason === 'label' ? '{0} nodes with the same label' : '{0} nodes with the same words', members.length)}
            <div class="caption">
              {members
                .slice(0, 6)
                .map(node => placeName(model, node))
                .join(', ')}
            </div>
          </div>
          <button type="button" class="tool" onClick={() => store.group(members, name)}>
            {t('Group')}
          </button>
        </li>
      ))}
    </ul>
  );
}
