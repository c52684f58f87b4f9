import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { nodeKey } from '../model/scene.ts';
import { groupKey, type Group } from '../model/subgraph.ts';
import { t } from './texts.ts';
import { keptKey, keyOf, nodesOf, placesByKey } from './boxes.ts';
import type { Box } from './camera.ts';
import { GraphCanvas } from './canvas.ts';
import { CanvasTools } from './canvas-tools.tsx';
import { contextOf, passContextMenu } from './context-menu.ts';
import { drawAround } from './draw.ts';
import { pressKey } from './keys.ts';
import { NodeTooltip } from './node-tooltip.tsx';
import { describeFocus } from './node-words.ts';
import { usePanel, type CanvasCommands } from './panel.ts';
import { RenameBox } from './rename-box.tsx';

/** Reading a signal's value in an effect is what makes the effect run again: this says so. */
function watch(values: readonly unknown[]): boolean {
  return values.length > 0;
}

/** What the tooltip is about: a node, or the closed group that it lies in. */
interface Tip {
  readonly at: string;
  readonly node: number;
  readonly box: Box;
}

/** The drawing is laid out anew when its room has not changed for so long. */
const REST_MS = 150;

/** The drawing: Cytoscape between two canvases for grid and names, with keyboard, context menu and tooltip. */
export function GraphView() {
  const { store, palette, commands } = usePanel();
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLCanvasElement>(null);
  const names = useRef<HTMLCanvasElement>(null);
  const canvas = useSignal<GraphCanvas | null>(null);
  const tip = useSignal<Tip | null>(null);
  const renaming = useSignal<{ readonly id: string; readonly name: string; readonly box: Box } | null>(null);
  /** What the drawing was last fitted to. */
  const fitted = useRef<readonly unknown[]>([]);
  /** Whether the last thing done in the drawing was a key: then the focused node has the tooltip. */
  const byKeyboard = useSignal(false);
  const pointer = useRef<readonly [x: number, y: number]>([NaN, NaN]);

  function redraw(): void {
    const drawing = canvas.peek();
    if (drawing === null || grid.current === null || names.current === null) return;
    drawAround(store, drawing, palette.peek(), grid.current, names.current);
    if (frame.current !== null) frame.current.dataset['zoom'] = drawing.core.zoom().toFixed(3);
    placeTip();
  }

  function groupAt(key: string): Group | undefined {
    return store.supernodes.value.find(({ id }) => groupKey(id) === key);
  }

  function placeTip(): void {
    const node = store.hovered.peek() ?? (byKeyboard.peek() ? store.focused.peek() : null);
    const key = node === null ? '' : keyOf(store, node);
    const box = canvas.peek()?.camera.boxOf(key);
    const old = tip.peek();
    if (node === null || box === undefined) {
      if (old !== null) tip.value = null;
    } else if (old?.node !== node || old.at !== key || old.box.x !== box.x || old.box.y !== box.y) {
      tip.value = { at: key, node, box };
    }
  }

  useEffect(() => {
    if (stage.current === null || frame.current === null) return;
    const drawing = new GraphCanvas(stage.current, {
      tapped: (node, event) => {
        frame.current?.focus({ preventScroll: true });
        if (node === null) store.select([]);
        else if (event.ctrlKey || event.metaKey) store.togglePins(nodesOf(store, node));
        else store.select(nodesOf(store, node), event.shiftKey ? 'toggle' : 'replace');
      },
      opened: node => {
        if (node.shape === 'group' && node.group !== undefined)
          store.setOpen(node.group, !store.open.value.has(node.group));
      },
      hovered: box => {
        const node = box === null ? undefined : (box.node ?? nodesOf(store, box)[0]);
        // The frame of an open group is no node of its own.
        const isFrame = box?.group !== undefined && box.shape === 'group' && store.open.value.has(box.group);
        store.hovered.value = node === undefined || isFrame ? null : node;
        store.point(box?.node === undefined ? null : (store.model.value?.nodes[box.node].position ?? null));
      },
      boxed: nodes =>
        store.select(
          nodes.flatMap(node => nodesOf(store, node)),
          'add',
        ),
      dragged: () => {
        const moved = Object.fromEntries(
          drawing.placedNodes().map(({ id, x, y }) => [keptKey(store, id), [Math.round(x), Math.round(y)] as const]),
        );
        store.positions.value = { ...store.positions.value, ...moved };
      },
      drawn: redraw,
    });
    canvas.value = drawing;
    const own: CanvasCommands = {
      fit: () => drawing.fit(),
      zoom: factor => drawing.camera.zoomBy(factor),
      reveal: node => drawing.camera.reveal(nodeKey(node)),
      focus: () => frame.current?.focus(),
      arrange: () => {
        store.positions.value = {};
        drawing.arrange({});
        drawing.fit();
      },
      rename: startRename,
      scene: () => drawing.placedNodes(),
      links: () => (store.view.peek() === 'subgraph' ? (store.part.peek()?.links ?? []) : store.linksOfScene.peek()),
      image: () => drawing.image(palette.peek()),
    };
    commands.canvas = own;
    let resting: ReturnType<typeof setTimeout> | undefined;
    const resize = new ResizeObserver(() => {
      drawing.core.resize();
      redraw();
      clearTimeout(resting);
      resting = setTimeout(() => {
        store.room.value = drawing.camera.room();
      }, REST_MS);
    });
    resize.observe(frame.current);
    const stop = passContextMenu(frame.current, stage.current, (x, y) => {
      const node = drawing.nodeAt(x, y);
      if (node !== undefined && !nodesOf(store, node).every(one => store.selected.value.includes(one)))
        store.select(nodesOf(store, node));
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
    if (store.view.value === 'subgraph') {
      const part = store.part.value;
      drawing.setLinks([]);
      drawing.setNodes(part?.nodes ?? [], true);
      drawing.setLinks(part?.links ?? []);
      drawing.arrange(placesByKey(store));
    } else {
      drawing.setNodes(store.nodesOfScene.value, false);
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
    watch([store.linksOfScene.value, store.nodesOfScene.value, store.part.value, store.view.value]);
    const hovered = store.hovered.value;
    drawing.setMarks({
      selected: new Set(store.selected.value.map(node => keyOf(store, node))),
      hovered: hovered === null ? null : keyOf(store, hovered),
      found: new Set(store.found.value.map(node => keyOf(store, node))),
    });
    redraw();
  });
  useSignalEffect(() => {
    watch([store.cursor.value, store.pointed.value, store.layout.value, store.focused.value, byKeyboard.value]);
    redraw();
  });
  useSignalEffect(() => {
    const node = store.focused.value;
    if (node !== null) canvas.peek()?.camera.reveal(keyOf(store, node));
  });

  /** A closed group in its place, a feature by the host. */
  function startRename(): void {
    const group = store.focusedGroup.peek();
    const box = group === null ? undefined : canvas.peek()?.camera.boxOf(groupKey(group.id));
    if (group === null) store.host.post({ type: 'run', command: 'circuit.feature.rename' });
    else if (!store.readOnly.peek() && box !== undefined) renaming.value = { id: group.id, name: group.name, box };
  }

  return (
    <div
      ref={frame}
      class="stage"
      tabIndex={0}
      role="application"
      aria-roledescription={t('attribution graph')}
      aria-label={t(
        store.view.value === 'subgraph' ? 'Subgraph of pinned nodes' : 'Attribution graph, tokens by layers',
      )}
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
      <CanvasTools />
      {tip.value !== null && <NodeTooltip node={tip.value.node} box={tip.value.box} group={groupAt(tip.value.at)} />}
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
        {t(
          'Arrow keys move between nodes, I and O follow the strongest input and output, Space selects, Enter pins, question mark lists all keys.',
        )}
      </div>
      <div class="unseen" aria-live="polite" data-test="live">
        {describeFocus(store)}
      </div>
    </div>
  );
}
