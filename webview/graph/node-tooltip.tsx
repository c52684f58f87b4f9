import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Box } from './canvas.ts';
import { nodeFacts } from './node-words.ts';
import { usePanel } from './panel.ts';

const AWAY = 8;

/** Beside a node, where there is room; never under the pointer. */
export function NodeTooltip({ node, box }: { readonly node: number; readonly box: Box }) {
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
  const key = store.model.value?.nodes[node];
  const annotation = key === undefined ? undefined : store.annotations.value.get(`${key.layer}/${key.feature}`);
  return (
    <div
      ref={element}
      class="tooltip"
      role="tooltip"
      data-test="tooltip"
      data-at={`${Math.round(box.x + box.width / 2)},${Math.round(box.y + box.height / 2)}`}
    >
      <strong>{store.names.value[node]}</strong>
      {nodeFacts(store, node).map(line => (
        <div key={line}>{line}</div>
      ))}
      {annotation?.verdict !== undefined && <div>Verdict: {annotation.verdict}</div>}
      {annotation?.note !== undefined && <div class="note">{annotation.note}</div>}
    </div>
  );
}
