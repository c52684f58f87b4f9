import type { RankedLink } from '../../src/graph/strongest-links.ts';
import { layerName, tokenName } from '../model/names.ts';
import { t } from './texts.ts';
import { share, short } from './node-words.ts';
import { usePanel } from './panel.ts';

/** A node in a list: pointing shows it in the drawing, a click selects it, Ctrl-click pins. */
export function NodeButton({ node, weight }: { readonly node: number; readonly weight?: RankedLink }) {
  const { store, commands } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const { kind, layer, position } = model.nodes[node];
  const hidden = store.shown.value?.nodes[node] !== 1;
  return (
    <button
      type="button"
      class={`row ${hidden ? 'off' : ''} ${store.hovered.value === node ? 'marked' : ''}`}
      title={hidden ? t('Not drawn: below the thresholds or filtered') : undefined}
      onClick={event => {
        if (event.ctrlKey || event.metaKey) store.togglePins([node]);
        else store.select([node], event.shiftKey ? 'toggle' : 'replace');
        commands.canvas?.reveal(node);
      }}
      onMouseEnter={() => (store.hovered.value = node)}
      onMouseLeave={() => (store.hovered.value = null)}
      onFocus={() => (store.hovered.value = node)}
      onBlur={() => (store.hovered.value = null)}
    >
      {weight !== undefined && <Bar weight={weight} />}
      <span class="name">
        {store.pinned.value.has(node) && <span class="pin" role="img" aria-label={t('pinned')} />}
        {store.names.value[node]}
      </span>
      <span class="place">
        {layerName({ kind, layer })} {kind === 'token' ? '' : tokenName(model.tokens[position])}
      </span>
      {weight !== undefined && (
        <span class="number" title={t('Weight {0}', short(weight.weight))}>
          {share(weight.share, weight.share < 0.0995 ? 1 : 0)}
        </span>
      )}
    </button>
  );
}

export function Bar({ weight }: { readonly weight: Pick<RankedLink, 'weight' | 'share'> }) {
  return (
    <svg class={`bar ${weight.weight < 0 ? 'negative' : 'positive'}`} aria-hidden="true" viewBox="0 0 24 6">
      <rect class="track" width="24" height="6" />
      <rect class="fill" width={Math.max(0.5, 24 * Math.min(1, weight.share))} height="6" />
    </svg>
  );
}
