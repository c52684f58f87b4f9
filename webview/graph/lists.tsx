import { useComputed, useSignal } from '@preact/signals';
import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import { layerName, tokenName } from '../model/names.ts';
import { groupByPosition, rankedLinks, type RankedLink, type Side } from '../model/ranked-links.ts';
import { nodeFacts, share, short } from './node-words.ts';
import { usePanel } from './panel.ts';

const FIRST = 12;
const STRONGEST = 60;

/** Beside the drawing: the selected node with its inputs and outputs; else what was found; else the strongest nodes. */
export function Lists() {
  const { store } = usePanel();
  const focused = store.focused.value;
  if (store.model.value === null) return null;
  return (
    <aside class="lists" aria-label="Nodes and links">
      {store.query.value.trim() !== '' && <NodeList title="Found" nodes={store.found.value} />}
      {focused !== null ? <NodeDetails node={focused} /> : <Strongest />}
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
  return <NodeList title="Strongest nodes" nodes={nodes.value} />;
}

function NodeList({ title, nodes }: { readonly title: string; readonly nodes: readonly number[] }) {
  const { store } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  return (
    <section>
      <h2>
        {title} <span class="caption">{nodes.length}</span>
      </h2>
      <ol class="rows">
        {nodes.slice(0, STRONGEST).map(node => (
          <li key={node}>
            <NodeButton node={node} />
          </li>
        ))}
      </ol>
      {nodes.length > STRONGEST && <p class="caption">and {nodes.length - STRONGEST} more</p>}
    </section>
  );
}

/** A node in a list: pointing shows it in the drawing, a click selects it, Ctrl-click pins. */
function NodeButton({ node, weight }: { readonly node: number; readonly weight?: RankedLink }) {
  const { store, commands } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const { kind, layer, position } = model.nodes[node];
  const hidden = store.shown.value?.nodes[node] !== 1;
  return (
    <button
      type="button"
      class={`row ${hidden ? 'off' : ''} ${store.hovered.value === node ? 'marked' : ''}`}
      title={hidden ? 'Not drawn: below the thresholds or filtered' : undefined}
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
        {store.pinned.value.has(node) && <span class="pin" role="img" aria-label="pinned" />}
        {store.names.value[node]}
      </span>
      <span class="place">
        {layerName({ kind, layer })} {kind === 'token' ? '' : tokenName(model.tokens[position])}
      </span>
      {weight !== undefined && (
        <span class="number" title={`Weight ${short(weight.weight)}`}>
          {share(weight.share, weight.share < 0.0995 ? 1 : 0)}
        </span>
      )}
    </button>
  );
}

function Bar({ weight }: { readonly weight: RankedLink }) {
  return (
    <svg class={`bar ${weight.weight < 0 ? 'negative' : 'positive'}`} aria-hidden="true" viewBox="0 0 24 6">
      <rect class="track" width="24" height="6" />
      <rect class="fill" width={Math.max(0.5, 24 * Math.min(1, weight.share))} height="6" />
    </svg>
  );
}

function NodeDetails({ node }: { readonly node: number }) {
  const { store } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const { kind } = model.nodes[node];
  const isPinned = store.pinned.value.has(node);
  const several = store.selected.value.length;
  return (
    <>
      <section class="details">
        <h2>{store.names.value[node]}</h2>
        {nodeFacts(store, node).map(line => (
          <p key={line}>{line}</p>
        ))}
        {several > 1 && <p>{several} nodes are selected.</p>}
        <div class="actions">
          <button
            type="button"
            class="tool"
            aria-pressed={isPinned}
            disabled={store.readOnly.value}
            onClick={() => store.togglePins(store.selected.value)}
          >
            {isPinned ? 'Unpin' : 'Pin'}
          </button>
          {several > 1 && (
            <button
              type="button"
              class="tool"
              disabled={store.readOnly.value}
              onClick={() => store.group(store.selected.value)}
            >
              Group
            </button>
          )}
          {isFeatureKind(kind) && (
            <button
              type="button"
              class="tool"
              onClick={() => store.host.post({ type: 'run', command: 'circuit.feature.showCard' })}
            >
              Show card
            </button>
          )}
        </div>
      </section>
      <div class="side-options">
        <label>
          <input
            type="checkbox"
            checked={store.byToken.value}
            onChange={event => (store.byToken.value = event.currentTarget.checked)}
          />{' '}
          Group by token
        </label>
      </div>
      <SideList node={node} side="inputs" />
      <SideList node={node} side="outputs" />
    </>
  );
}

const CAPTIONS: Readonly<Record<Side, string>> = {
  inputs: 'share of this node’s inputs',
  outputs: 'share of the other node’s inputs',
};

function SideList({ node, side }: { readonly node: number; readonly side: Side }) {
  const { store } = usePanel();
  const model = store.model.value;
  if (model === null) return null;
  const { positive, negative, positiveShare, magnitude } = rankedLinks(model, node, side);
  if (positive.length + negative.length === 0) return null;
  return (
    <section data-test={side}>
      <h2>
        {side === 'inputs' ? 'Inputs' : 'Outputs'}{' '}
        <span class="caption">{store.byToken.value ? `share of this node’s ${side}` : CAPTIONS[side]}</span>
      </h2>
      <SignedList
        key={`${node}+`}
        title={`Raise ${share(positiveShare)}`}
        links={positive}
        sign="positive"
        magnitude={magnitude}
      />
      <SignedList
        key={`${node}-`}
        title={`Lower ${share(1 - positiveShare)}`}
        links={negative}
        sign="negative"
        magnitude={magnitude}
      />
    </section>
  );
}

function SignedList({
  title,
  links,
  sign,
  magnitude,
}: {
  readonly title: string;
  readonly links: readonly RankedLink[];
  readonly sign: 'positive' | 'negative';
  readonly magnitude: number;
}) {
  const { store } = usePanel();
  const all = useSignal(false);
  const model = store.model.value;
  if (links.length === 0 || model === null) return null;
  const shown = all.value ? links.slice(0, 1000) : links.slice(0, FIRST);
  const rows = (list: readonly RankedLink[]) => (
    <ol class="rows">
      {list.map(link => (
        <li key={link.link}>
          <NodeButton node={link.other} weight={link} />
        </li>
      ))}
    </ol>
  );
  return (
    <>
      <h3 class={sign}>{title}</h3>
      {store.byToken.value
        ? groupByPosition(model, links, magnitude)
            .slice(0, all.value ? 1000 : FIRST)
            .map(group => (
              <details key={group.position}>
                <summary onMouseEnter={() => store.point(group.position)} onMouseLeave={() => store.point(null)}>
                  <span class="name">{tokenName(model.tokens[group.position])}</span>
                  <span class="caption">{group.links.length}</span>
                  <span class="number">{share(group.share)}</span>
                </summary>
                {rows(group.links.slice(0, 200))}
              </details>
            ))
        : rows(shown)}
      {links.length > FIRST && !store.byToken.value && (
        <button type="button" class="more" onClick={() => (all.value = !all.value)}>
          {all.value ? 'Fewer' : `All ${links.length}`}
        </button>
      )}
    </>
  );
}
