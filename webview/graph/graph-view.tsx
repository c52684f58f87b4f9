import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { membersOf, subgraph } from '../model/subgraph.ts';
import { nodeKey, type SceneNode } from '../model/scene.ts';
import { GraphCanvas, type Box } from './canvas.ts';
import { contextOf, passContextMenu } from './context-menu.ts';
import { pressKey } from './keys.ts';
import { NodeTooltip } from './node-tooltip.tsx';
import { drawGrid, drawNames, type Named } from './overlay.ts';
import { usePanel, type CanvasCommands } from './panel.ts';
import { RenameBox } from './rename-box.tsx';
import { describeNode } from './node-words.ts';

/** Reading a signal's value in an effect is what makes the effect run again: this says so. */
function watch(values: readonly unknown[]): boolean {
  return values.length > 0;
}

/** The drawing is laid out anew when its room has not changed for so long. */
const REST_MS = 150;
/** How many names beside marks are tried, of the strongest nodes. */
const MOST_NAMES = 250;

/** The drawing: Cytoscape between two canvases for grid and names, with keyboard, context menu and tooltip. */
export function GraphView() {
  const { store, palette, commands } = usePanel();
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLCanvasElement>(null);
  const names = useRef<HTMLCanvasElement>(null);
  const canvas = useSignal<GraphCanvas | null>(null);
  const tip = useSignal<{ readonly node: number; readonly box: Box } | null>(null);
  const renaming = useSignal<{ readonly id: string; readonly name: string; readonly box: Box } | null>(null);
  /** What the drawing was last fitted to. */
  const fitted = useRef<readonly unknown[]>([]);
  /** Whether the last thing done in the drawing was a key: then the focused node has the tooltip. */
  const byKeyboard = useSignal(false);
  const pointer = useRef<readonly [x: number, y: number]>([NaN, NaN]);
  const inSubgraph = useComputed(() => store.view.value === 'subgraph');
  const pinnedPart = useComputed(() =>
    store.model.value === null
      ? null
      : subgraph(store.model.value, store.pinned.value, store.supernodes.value, store.open.value, store.look),
  );

  function redraw(): void {
    const drawing = canvas.peek();
    if (drawing === null || grid.current === null || names.current === null) return;
    const view = { zoom: drawing.core.zoom(), pan: drawing.core.pan() };
    const layout = inSubgraph.peek() ? null : store.layout.peek();
    drawGrid(grid.current, layout, view, palette.peek(), [store.cursor.peek(), store.pointed.peek()]);
    const dots = layout?.mode === 'dots';
    const marks = dots ? layout.placed.map(({ x, y }) => ({ x, y, radius: 6 })) : [];
    const tokens = store.model.peek()?.tokens ?? [];
    drawNames(names.current, layout, view, palette.peek(), tokens, dots ? namedMarks() : [], marks);
    placeTip();
  }

  function namedMarks(): Named[] {
    const layout = store.layout.peek();
    const model = store.model.peek();
    if (layout === null || model === null) return [];
    const chosen = new Set(store.selected.peek());
    const hovered = store.hovered.peek();
    const importance = (node: number): number =>
      node === hovered ? -3 : chosen.has(node) ? -2 : store.pinned.peek().has(node) ? -1 : model.rank[node];
    return layout.placed
      .filter(({ node }) => isWorthNaming(node))
      .sort((a, b) => importance(a.node) - importance(b.node))
      .slice(0, MOST_NAMES)
      .map(({ node, x, y }) => ({
        id: nodeKey(node),
        name: store.names.peek()[node],
        ...{ x, y },
        always: node === hovered || chosen.has(node),
      }));
  }

  /** In a crowd of marks: what has a label, what is an output, and what a person chose. */
  function isWorthNaming(node: number): boolean {
    const { kind, label } = store.model.peek()?.nodes[node] ?? {};
    if (kind === 'logit' || label !== undefined) return true;
    return node === store.hovered.peek() || store.pinned.peek().has(node) || store.selected.peek().includes(node);
  }

  function placeTip(): void {
    const node = store.hovered.peek() ?? (byKeyboard.peek() ? store.focused.peek() : null);
    const key = node === null ? undefined : keysOf(node).at(-1);
    const box = key === undefined ? undefined : canvas.peek()?.boxOf(key);
    const old = tip.peek();
    if (node === null || box === undefined) {
      if (old !== null) tip.value = null;
    } else if (old?.node !== node || old.box.x !== box.x || old.box.y !== box.y) tip.value = { node, box };
  }

  useEffect(() => {
    if (stage.current === null || frame.current === null) return;
    const drawing = new GraphCanvas(stage.current, {
      tapped: (node, event) => {
        frame.current?.focus({ preventScroll: true });
        if (node === null) store.select([]);
        else if (event.ctrlKey || event.metaKey) store.togglePins(nodesOf(node));
        else store.select(nodesOf(node), event.shiftKey ? 'toggle' : 'replace');
      },
      opened: node => {
        if (node.shape === 'group' && node.group !== undefined)
          store.setOpen(node.group, !store.open.value.has(node.group));
      },
      hovered: node => {
        store.hovered.value = node?.node ?? null;
        store.point(node?.node === undefined ? null : (store.model.value?.nodes[node.node].position ?? null));
      },
      boxed: nodes => store.select(nodes.flatMap(nodesOf), 'toggle'),
      dragged: () => {
        const moved = Object.fromEntries(
          drawing.placedNodes().map(({ id, x, y }) => [keptKey(id), [Math.round(x), Math.round(y)] as const]),
        );
        store.positions.value = { ...store.positions.value, ...moved };
      },
      drawn: redraw,
    });
    canvas.value = drawing;
    const own: CanvasCommands = {
      fit: () => drawing.fit(),
      zoom: factor => drawing.zoomBy(factor),
      reveal: node => drawing.reveal(nodeKey(node)),
      focus: () => frame.current?.focus(),
      arrange: () => {
        store.positions.value = {};
        drawing.arrange({});
        drawing.fit();
      },
      rename: startRename,
      scene: () => drawing.placedNodes(),
      links: () => (inSubgraph.peek() ? (pinnedPart.peek()?.links ?? []) : store.linksOfScene.peek()),
      image: () => drawing.image(palette.peek()),
    };
    commands.canvas = own;
    let resting: ReturnType<typeof setTimeout> | undefined;
    const resize = new ResizeObserver(() => {
      drawing.core.resize();
      redraw();
      clearTimeout(resting);
      resting = setTimeout(() => {
        store.room.value = drawing.room();
      }, REST_MS);
    });
    resize.observe(frame.current);
    const stop = passContextMenu(frame.current, stage.current, (x, y) => {
      const node = drawing.nodeAt(x, y);
      if (node !== undefined && !nodesOf(node).every(one => store.selected.value.includes(one)))
        store.select(nodesOf(node));
      return contextOf(store, node);
    });
    return () => {
      stop();
      resize.disconnect();
      clearTimeout(resting);
      drawing.destroy();
    };
  }, []);

  useSignalEffect(() => {
    canvas.value?.setPalette(palette.value);
    redraw();
  });
  // Boxes, then lines: lines need their ends.
  useSignalEffect(() => {
    const drawing = canvas.value;
    if (drawing === null) return;
    if (inSubgraph.value) {
      const part = pinnedPart.value;
      drawing.setLinks([]);
      drawing.setNodes(part?.nodes ?? [], false, true);
      drawing.setLinks(part?.links ?? []);
      drawing.arrange(positionsByKey());
    } else {
      drawing.setNodes(store.nodesOfScene.value, store.mode.value === 'dots', false);
      drawing.setLinks(store.linksOfScene.value);
    }
    // The whole is shown when another graph or view comes or the room changes, not when something in it changes.
    const now = [store.snapshot.value?.graph, store.view.value, store.mode.value, store.room.value];
    if (now.some((value, i) => value !== fitted.current[i])) drawing.fit();
    fitted.current = now;
    redraw();
  });
  useSignalEffect(() => {
    const drawing = canvas.value;
    if (drawing === null) return;
    watch([store.linksOfScene.value, store.nodesOfScene.value, pinnedPart.value]);
    const hovered = store.hovered.value;
    drawing.setMarks({
      selected: new Set(store.selected.value.flatMap(keysOf)),
      hovered: hovered === null ? null : (keysOf(hovered).at(-1) ?? null),
      found: new Set(store.found.value.flatMap(keysOf)),
    });
    redraw();
  });
  useSignalEffect(() => {
    watch([store.cursor.value, store.pointed.value, store.layout.value, store.focused.value, byKeyboard.value]);
    redraw();
  });
  useSignalEffect(() => {
    const node = store.focused.value;
    const key = node === null ? undefined : keysOf(node).at(-1);
    if (key !== undefined) canvas.peek()?.reveal(key);
  });

  /** The box of a node, and in the subgraph the closed group that it lies in. */
  function keysOf(node: number): string[] {
    if (store.view.peek() !== 'subgraph') return [nodeKey(node)];
    const id = store.model.peek()?.nodes[node].id ?? '';
    const group = store.supernodes.peek().find(({ members }) => members.includes(id));
    return group === undefined || store.open.peek().has(group.id) ? [nodeKey(node)] : [`g${group.id}`];
  }

  function nodesOf({ node, group }: SceneNode): number[] {
    if (node !== undefined) return [node];
    const found = store.supernodes.peek().find(({ id }) => id === group);
    const model = store.model.peek();
    return found === undefined || model === null ? [] : membersOf(model, found);
  }

  /** Positions are kept by node id, which outlives a new trace; boxes go by number. */
  function keptKey(key: string): string {
    return key.startsWith('g') ? key : (store.model.peek()?.nodes[Number(key.slice(1))].id ?? key);
  }

  function positionsByKey(): Record<string, readonly [number, number]> {
    const { indexOf } = store.model.peek() ?? { indexOf: new Map<string, number>() };
    return Object.fromEntries(
      Object.entries(store.positions.peek()).map(([kept, place]) => {
        const node = indexOf.get(kept);
        return [node === undefined ? kept : nodeKey(node), place];
      }),
    );
  }

  function startRename(): void {
    const focused = store.focused.peek();
    const id = focused === null ? undefined : store.model.peek()?.nodes[focused].id;
    const group = store.supernodes.peek().find(({ members }) => id !== undefined && members.includes(id));
    if (group === undefined) {
      store.host.post({ type: 'run', command: 'circuit.feature.rename' });
      return;
    }
    const box = canvas.peek()?.boxOf(`g${group.id}`);
    if (store.readOnly.peek() || box === undefined) return;
    renaming.value = { id: group.id, name: group.name, box };
  }

  return (
    <div
      ref={frame}
      class="stage"
      tabIndex={0}
      role="application"
      aria-roledescription="attribution graph"
      aria-label={inSubgraph.value ? 'Subgraph of pinned nodes' : 'Attribution graph, tokens by layers'}
      aria-describedby="graph-keys"
      onKeyDown={event => {
        byKeyboard.value = true;
        pressKey(event, store, commands);
      }}
      onPointerDown={() => (byKeyboard.value = false)}
      onPointerMove={({ clientX, clientY }) => {
        // The browser also sends moves without a movement, when something else moved under the pointer.
        const [x, y] = pointer.current;
        if (!Number.isNaN(x) && (x !== clientX || y !== clientY)) byKeyboard.value = false;
        pointer.current = [clientX, clientY];
      }}
      onBlur={() => (byKeyboard.value = false)}
      onMouseLeave={() => {
        byKeyboard.value = false;
        store.hovered.value = null;
        store.point(null);
      }}
    >
      <canvas ref={grid} class="layer" aria-hidden="true" />
      <div ref={stage} class="layer cytoscape" />
      <canvas ref={names} class="layer above" aria-hidden="true" />
      {tip.value !== null && <NodeTooltip node={tip.value.node} box={tip.value.box} />}
      {renaming.value !== null && (
        <RenameBox
          {...renaming.value}
          done={name => {
            const target = renaming.value;
            renaming.value = null;
            if (target !== null && name !== null && name !== target.name)
              store.edit({ kind: 'rename-group', id: target.id, name });
            frame.current?.focus();
          }}
        />
      )}
      <div id="graph-keys" class="unseen">
        Arrow keys move between nodes, I and O follow the strongest input and output, Space selects, Enter pins,
        question mark lists all keys.
      </div>
      <div class="unseen" aria-live="polite" data-test="live">
        {store.focused.value === null ? '' : describeNode(store, store.focused.value)}
      </div>
    </div>
  );
}
