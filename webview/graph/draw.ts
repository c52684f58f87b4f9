import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import { nodeKey } from '../model/scene.ts';
import type { Palette } from '../model/palette.ts';
import type { GraphCanvas } from './canvas.ts';
import { drawGrid, drawNames, type Named } from './overlay.ts';
import type { Store } from './store.ts';

/** How many names beside marks are tried, of the strongest nodes. */
const MOST_NAMES = 250;
/** Marks that stand between boxes get names of their own from this zoom on. */
const CLOSE = 1.6;

/** Draws what lies below and above Cytoscape's canvas. Reads signals without listening to them. */
export function drawAround(
  store: Store,
  drawing: GraphCanvas,
  palette: Palette,
  grid: HTMLCanvasElement,
  names: HTMLCanvasElement,
): void {
  const view = { zoom: drawing.core.zoom(), pan: drawing.core.pan() };
  const layout = store.view.peek() === 'subgraph' ? null : store.layout.peek();
  drawGrid(grid, layout, view, palette, [store.cursor.peek(), store.pointed.peek()]);
  const tokens = store.model.peek()?.tokens ?? [];
  drawNames(names, layout, view, palette, tokens, namedMarks(store, view.zoom), layout?.placed ?? []);
}

/** The marks whose names are worth drawing beside them, most important first. */
function namedMarks(store: Store, zoom: number): Named[] {
  const [layout, model] = [store.layout.peek(), store.model.peek()];
  if (store.view.peek() === 'subgraph' || layout === null || model === null) return [];
  const [hovered, pinned, names] = [store.hovered.peek(), store.pinned.peek(), store.names.peek()];
  const selected = new Set(store.selected.peek());
  const isCrowd = !layout.placed.some(({ named }) => named);
  const importance = (node: number): number =>
    node === hovered ? -3 : selected.has(node) ? -2 : pinned.has(node) ? -1 : model.rank[node];
  const isWorth = (node: number): boolean => {
    if (node === hovered || selected.has(node) || pinned.has(node)) return true;
    const { kind, label } = model.nodes[node];
    if (!isCrowd && zoom < CLOSE) return false;
    return kind === 'logit' || (label !== undefined && isFeatureKind(kind));
  };
  return layout.placed
    .filter(({ node, named }) => !named && model.nodes[node].kind !== 'token' && isWorth(node))
    .sort((a, b) => importance(a.node) - importance(b.node))
    .slice(0, MOST_NAMES)
    .map(({ node, x, y }) => {
      return { id: nodeKey(node), name: names[node], x, y, always: node === hovered || selected.has(node) };
    });
}
