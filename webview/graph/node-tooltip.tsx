import { useLayoutEffect, useRef } from 'preact/hooks';
import { placeName } from '../model/names.ts';
import { membersOf, type Group } from '../model/subgraph.ts';
import { t } from './texts.ts';
import type { Box } from './camera.ts';
import { groupSize, nodeFacts } from './node-words.ts';
import { usePanel } from './panel.ts';

const AWAY = 8;
const MOST_MEMBERS = 8;

/** Beside a box, where there is room; never under the pointer. `group` is the closed group that the box stands for. */
export function NodeTooltip({
  node,
  group,
  box,
}: {
  readonly node: number;
  readonly group: Group | undefined;
  readonly box: Box;
}) {
  const { store } = usePanel();
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const tip = element.current;
    const parent = tip?.parentElement;
    if (tip == null || parent == null) return;
    const below = box.y + box.height + AWAY;
    const fits = below + tip.offsetHeight < parent.clientHeight;
    const top = fits ? below : Math.max(2, box.y - AWAY - tip.offsetHeight);
    const left = Math.min(Math.max(2, box.x), parent.clientWidth - tip.offsetWidth - 4);
    tip.style.transform = `translate(${left}px, ${top}px)`;
  });
  return (
    <div
      ref={element}
      class="tooltip"
      role="tooltip"
      data-test="tooltip"
      data-node={store.model.value?.nodes[node].id}
      data-at={`${Math.round(box.x + box.width / 2)},${Math.round(box.y + box.height / 2)}`}
    >
      {group === undefined ? <NodeContents node={node} /> : <GroupContents group={group} />}
    </div>
  );
}

function NodeContents({ node }: { readonly node: number }) {
  const { store } = usePanel();
  const key = store.model.value?.nodes[node];
  const annotation = key === undefined ? undefined : store.annotations.value.get(`${key.layer}/${key.feature}`);
  return (
    <>
      <strong>{store.names.value[node]}</strong>
      {nodeFacts(store, node).map(line => (
        <div key={line}>{line}</div>
      ))}
      {annotation?.verdict !== undefined && <div>{t('Verdict: {0}', annotation.verdict)}</div>}
      {annotation?.note !== undefined && <div class="note">{annotation.note}</div>}
    </>
  );
}

function GroupContents({ group }: { readonly group: Group }) {
  const { store } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const members = membersOf(model, group);
  return (
    <>
      <strong>{group.name}</strong>
      <div>{groupSize(members.length)}</div>
      {members.slice(0, MOST_MEMBERS).map(node => (
        <div key={node}>
          {store.names.value[node]} <span class="caption">{placeName(model, node)}</span>
        </div>
      ))}
      {members.length > MOST_MEMBERS && <div>{t('and {0} more', members.length - MOST_MEMBERS)}</div>}
    </>
  );
}
