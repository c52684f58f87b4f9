import { batch, computed, effect, signal } from '@preact/signals';
import { DEFAULT_THRESHOLDS, type PruneThresholds } from '../../src/attribution/prune.ts';
import { scoreGraph } from '../../src/attribution/graph-of-matrix.ts';
import type { Investigation, InvestigationEdit } from '../../src/graph/investigation/types.ts';
import type { NodeId } from '../../src/graph/types.ts';
import type { Host } from '../host.ts';
import { drawnLinks, strongestNodes } from '../model/drawn-links.ts';
import { filterNodes } from '../model/filter.ts';
import { featureKey, graphModel } from '../model/graph-model.ts';
import { layoutGraph, type Room } from '../model/layout.ts';
import { annotationsByFeature, nodeNames } from '../model/names.ts';
import { pinnedScores } from '../model/pinned-scores.ts';
import { pruneView } from '../model/prune-view.ts';
import { searchNodes } from '../model/search.ts';
import { sceneLinks, sceneNodes, type NodeLook } from '../model/scene.ts';
import { membersOf, subgraph, subgraphMembers, type Group } from '../model/subgraph.ts';
import type { FeatureFacts, HostMessage, PanelMessage, PanelReplies, PanelRequest, Snapshot } from '../protocol.ts';
import { t } from './texts.ts';
import { keptState, toKeep, type KeptState } from './state.ts';

export type PanelHost = Host<PanelMessage, PanelRequest, PanelReplies>;
export type Failure = Omit<Extract<HostMessage, { type: 'failed' }>, 'type'>;

const SHOW_ALL: PruneThresholds = { nodeThreshold: 1, edgeThreshold: 1 };
/** A slider that rests this long has been set. */
const SETTLE_MS = 400;
/** Larger files are not scored: it would hold up the panel. */
const MOST_SCORED = 20_000;

export type Store = ReturnType<typeof createStore>;

/** All that the panel shows, as signals, and all that a person can do in it. */
export function createStore(host: PanelHost) {
  const kept = keptState(host.state);
  const snapshot = signal<Snapshot | null>(null);
  const investigation = signal<Investigation | null>(null);
  const facts = signal<Readonly<Record<string, FeatureFacts>>>({});
  const busy = signal<string | null>(null);
  const failure = signal<Failure | null>(null);
  /** A sentence about what was just done or refused, for eyes and for screen readers. */
  const said = signal('');
  const cursor = signal<number | null>(null);
  const pointed = signal<number | null>(null);
  const hovered = signal<number | null>(null);
  const query = signal('');
  /** Of the drawing. */
  const room = signal<Room>({ width: 900, height: 600 });
  const thresholds = signal<PruneThresholds>(DEFAULT_THRESHOLDS);
  const view = signal(kept.view);
  const filter = signal(kept.filter);
  const mode = signal(kept.mode);
  const byToken = signal(kept.byToken);
  const listsOpen = signal(kept.listsOpen);
  const listsShare = signal(kept.listsShare);
  const open = signal<ReadonlySet<string>>(new Set(kept.open));
  const positions = signal(kept.positions);
  /** Node ids: they outlive a snapshot. The last one is the focused one. */
  const selection = signal<readonly NodeId[]>(kept.selection);

  const model = computed(() => (snapshot.value === null ? null : graphModel(snapshot.value.graph)));
  const annotations = computed(() => annotationsByFeature(investigation.value));
  const names = computed(() =>
    model.value === null ? [] : nodeNames(model.value, annotations.value, snapshot.value?.labelsElsewhere ?? {}),
  );
  const toIndices = (ids: readonly NodeId[]): number[] =>
    ids.map(id => model.value?.indexOf.get(id)).filter(node => node !== undefined);
  const selected = computed(() => toIndices(selection.value));
  const focused = computed(() => selected.value.at(-1) ?? null);
  const pinned = computed(() => new Set(toIndices(pinnedIds(snapshot.value, investigation.value))));
  const supernodes = computed<readonly Group[]>(
    () =>
      investigation.value?.supernodes ??
      snapshot.value?.graph.supernodes.map(({ label, members }, i) => ({ id: `file-${i}`, name: label, members })) ??
      [],
  );
  /** The group that each node lies in, the first of several. */
  const groupOf = computed(() => {
    const groups = new Map<number, Group>();
    for (const group of supernodes.value)
      for (const node of toIndices(group.members)) if (!groups.has(node)) groups.set(node, group);
    return groups;
  });
  const pruned = computed(() => (model.value === null ? null : pruneView(model.value, thresholds.value)));
  /** [N]; 1 = passes the filter. */
  const passing = computed(() =>
    model.value === null ? new Uint8Array() : filterNodes(model.value, filter.value, facts.value),
  );
  const shown = computed(() => {
    if (model.value === null || pruned.value === null) return null;
    const nodes = pruned.value.nodes.map((bit, node) => bit & passing.value[node]);
    // What a person pinned is shown, however weak it is.
    for (const node of pinned.value) nodes[node] = passing.value[node];
    const all = nodes.reduce((sum, bit) => sum + bit, 0);
    const drawn = strongestNodes(model.value, nodes, pinned.value);
    return { nodes: drawn, count: drawn.reduce((sum, bit) => sum + bit, 0), all };
  });
  const layout = computed(() =>
    model.value === null || shown.value === null
      ? null
      : layoutGraph(model.value, shown.value.nodes, mode.value, room.value, names.value),
  );
  const found = computed(() => (model.value === null ? [] : searchNodes(model.value, names.value, query.value)));
  const links = computed(() => {
    if (model.value === null || pruned.value === null || shown.value === null) return null;
    return drawnLinks(model.value, pruned.value.links, shown.value.nodes, new Set(selected.value));
  });
  const look = (node: number): NodeLook => {
    const key = model.value === null ? undefined : featureKey(model.value.nodes[node]);
    const annotation = key === undefined ? undefined : annotations.value.get(key);
    return {
      name: names.value[node],
      pinned: pinned.value.has(node),
      spurious: annotation?.verdict === 'spurious',
      ...(annotation?.colour === undefined ? {} : { colour: annotation.colour }),
    };
  };
  const nodesOfScene = computed(() =>
    model.value === null || layout.value === null ? [] : sceneNodes(model.value, layout.value, look),
  );
  const linksOfScene = computed(() => {
    if (model.value === null || links.value === null) return [];
    const strongest = model.value.links.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
    return sceneLinks(model.value, links.value.links, strongest);
  });
  /** Some six boxes stand side by side in the subgraph. */
  const boxWidth = computed(() => Math.round(Math.min(170, Math.max(108, room.value.width / 6))));
  const part = computed(() => {
    if (model.value === null) return null;
    const parts = { pinned: pinned.value, groups: supernodes.value, open: open.value, passing: passing.value };
    const size = (members: number): string => (members === 1 ? t('1 node') : t('{0} nodes', members));
    return subgraph(model.value, parts, { node: look, size, boxWidth: boxWidth.value });
  });
  const scoresOfPinned = computed(() => {
    if (model.value === null || model.value.nodes.length > MOST_SCORED) return null;
    const members = subgraphMembers(model.value, pinned.value, supernodes.value);
    return members.size === 0 ? null : pinnedScores(model.value, members);
  });
  /** Of the links that the file has: for graphs whose record says nothing of the whole. */
  const scoresOfFile = computed(() =>
    model.value === null || model.value.nodes.length > MOST_SCORED ? null : scoreGraph(model.value.graph),
  );
  /** In the subgraph the closed group that the focused node lies in: its members are drawn as one box. */
  const focusedGroup = computed(() => {
    if (model.value === null || focused.value === null || view.value !== 'subgraph') return null;
    const group = groupOf.value.get(focused.value);
    return group === undefined || open.value.has(group.id)
      ? null
      : { ...group, members: membersOf(model.value, group) };
  });
  /** That group if all of it is selected, and not one of its members. */
  const selectedGroup = computed(() => {
    const group = focusedGroup.value;
    const chosen = new Set(selected.value);
    return group?.members.every(node => chosen.has(node)) === true ? group : null;
  });
  const readOnly = computed(() => snapshot.value?.readOnly !== false || investigation.value === null);

  effect(() => {
    const state: KeptState = {
      view: view.value,
      selection: selection.value,
      filter: filter.value,
      mode: mode.value,
      byToken: byToken.value,
      listsOpen: listsOpen.value,
      listsShare: listsShare.value,
      open: [...open.value],
      positions: positions.value,
    };
    host.keep(toKeep(state));
  });

  let settling: ReturnType<typeof setTimeout> | undefined;
  const idOf = (node: number): NodeId => model.value?.nodes[node].id ?? '';

  function takeSnapshot(next: Snapshot): void {
    batch(() => {
      snapshot.value = next;
      facts.value = next.featureFacts ?? {};
      failure.value = null;
      takeInvestigation(next.investigation);
      if (next.investigation === null) thresholds.value = SHOW_ALL;
    });
  }

  function takeInvestigation(next: Investigation | null): void {
    investigation.value = next;
    if (next === null || settling !== undefined) return;
    const { nodeThreshold, edgeThreshold } = next.settings;
    if (nodeThreshold !== thresholds.value.nodeThreshold || edgeThreshold !== thresholds.value.edgeThreshold) {
      thresholds.value = { nodeThreshold, edgeThreshold };
    }
  }

  function edit(change: InvestigationEdit): boolean {
    if (readOnly.value) {
      said.value = t('This graph is open read-only: start an investigation to change it.');
      return false;
    }
    host.post({ type: 'edit', edit: change });
    return true;
  }

  return {
    host,
    ...{ snapshot, investigation, facts, room, busy, failure, said, cursor, pointed, hovered, query, thresholds, view },
    ...{
      filter,
      mode,
      byToken,
      listsOpen,
      listsShare,
      open,
      positions,
      selection,
      model,
      annotations,
      names,
      selected,
    },
    ...{ focused, pinned, supernodes, groupOf, pruned, shown, layout, found, links, nodesOfScene, linksOfScene },
    ...{
      part,
      focusedGroup,
      selectedGroup,
      scoresOfPinned,
      scoresOfFile,
      readOnly,
      takeSnapshot,
      takeInvestigation,
      edit,
      look,
    },

    /**
     * Takes the place of the selection, or adds to it; `toggle` removes instead what is selected already. The host hears
     * of it unless it said so.
     */
    select(nodes: readonly number[], how: 'replace' | 'add' | 'toggle' = 'replace', tell = true): void {
      const ids = new Set(nodes.map(idOf));
      const old = new Set(selection.value);
      const added = [...ids].filter(id => how !== 'toggle' || !old.has(id));
      const next = how === 'replace' ? added : [...[...old].filter(id => !ids.has(id)), ...added];
      if (next.length === old.size && next.every((id, i) => id === selection.value[i])) return;
      selection.value = next;
      if (tell) host.post({ type: 'selected', nodes: next });
    },

    point(position: number | null): void {
      if (pointed.value === position) return;
      pointed.value = position;
      host.post({ type: 'pointed', position });
    },

    /** Pins what is not pinned; unpins if all are. */
    togglePins(nodes: readonly number[]): void {
      const loose = nodes.filter(node => !pinned.value.has(node));
      if (nodes.length === 0) return;
      const done =
        loose.length > 0
          ? edit({ kind: 'pin', nodes: loose.map(idOf) })
          : edit({ kind: 'unpin', nodes: nodes.map(idOf) });
      if (!done) return;
      const count = loose.length > 0 ? loose.length : nodes.length;
      const what = count === 1 ? names.value[loose[0] ?? nodes[0]] : t('{0} nodes', count);
      said.value = t(loose.length > 0 ? 'Pinned {0}.' : 'Unpinned {0}.', what);
    },

    group(nodes: readonly number[], name?: string): void {
      if (nodes.length === 0) return;
      const change = { kind: 'group', nodes: nodes.map(idOf), ...(name === undefined ? {} : { name }) } as const;
      if (edit(change)) said.value = t('Grouped {0} nodes.', nodes.length);
    },

    ungroup(nodes: readonly number[]): void {
      if (nodes.length > 0) edit({ kind: 'ungroup', nodes: nodes.map(idOf) });
    },

    /** Prunes at once; the file hears of it when the slider rests. */
    setThresholds(next: PruneThresholds): void {
      thresholds.value = next;
      clearTimeout(settling);
      settling = setTimeout(() => {
        settling = undefined;
        if (!readOnly.value) edit({ kind: 'thresholds', ...thresholds.value });
      }, SETTLE_MS);
    },

    setOpen(group: string, isOpen: boolean): void {
      const next = new Set(open.value);
      if (isOpen) next.add(group);
      else next.delete(group);
      open.value = next;
    },

    /** Opens the closed group that the focused node lies in, or closes the open one. */
    toggleGroup(): void {
      const group = focused.value === null ? undefined : groupOf.value.get(focused.value);
      if (group !== undefined) this.setOpen(group.id, !open.value.has(group.id));
    },

    retarget(target: string | null): Promise<void> {
      return ask(this, { method: 'retarget', target });
    },
  };
}

/** Asks the host for something; what it refuses is shown. */
export async function ask({ host, failure }: Pick<Store, 'host' | 'failure'>, request: PanelRequest): Promise<void> {
  try {
    await host.request(request);
  } catch (error) {
    const { message, remedy } = error as { message: string; remedy?: string };
    failure.value = { message, remedy: remedy ?? '', canRetry: false };
  }
}

/** What a person pinned; in a graph file of its own what the file says. */
function pinnedIds(snapshot: Snapshot | null, investigation: Investigation | null): readonly NodeId[] {
  return investigation?.pinned ?? snapshot?.graph.pinned ?? [];
}
