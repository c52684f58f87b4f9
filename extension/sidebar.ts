import * as vscode from 'vscode';
import { featureCommands } from './annotations/commands.ts';
import { annotationsElsewhere, labelsOf } from './annotations/elsewhere.ts';
import { targetsOf } from './annotations/feature-targets.ts';
import { CardView } from './card/card-view.ts';
import { circuitCommands } from './circuits-tree/circuits-commands.ts';
import { CircuitsView, type CircuitItem } from './circuits-tree/circuits-view.ts';
import type { WorkspaceInvestigations } from './circuits-tree/workspace-investigations.ts';
import { failureOf } from './common/failure.ts';
import { setContext } from './context-keys.ts';
import { featuresCommands } from './features-tree/features-commands.ts';
import type { FeatureItem } from './features-tree/feature-items.ts';
import { FeaturesView } from './features-tree/features-view.ts';
import { isSame, nodesInTree, selectAsInTree } from './features-tree/tree-selection.ts';
import type { Commands } from './investigation/commands.ts';
import { GraphDrop } from './graph-editor/graph-drop.ts';
import type { GraphLibrary } from './investigation/graph-library.ts';
import type { OpenSessions } from './investigation/open-sessions.ts';
import { panelWindow, showFailure } from './investigation/panel-window.ts';
import type { InvestigationServices } from './investigation/services.ts';
import type { Session } from './investigation/session.ts';

export interface SidebarParts {
  readonly services: InvestigationServices;
  readonly sessions: OpenSessions;
  readonly library: GraphLibrary;
  readonly investigations: WorkspaceInvestigations;
  /** Commands of other rooms that are registered with those of the sidebar. */
  readonly commands: Commands;
}

/** What others in the workspace say of the features of a session. */
export function elsewhereOf(
  investigations: WorkspaceInvestigations,
  session: Pick<Session, 'id' | 'investigation' | 'graph'>,
): ReturnType<typeof annotationsElsewhere> {
  const dictionary = session.investigation?.dictionary ?? session.graph.metadata.trace?.dictionary;
  return annotationsElsewhere(investigations.known, dictionary, session.id);
}

/** Registers the three views of the sidebar and every command about features, graphs and circuits. */
export function registerSidebar(parts: SidebarParts): vscode.Disposable {
  const { services, sessions, library, investigations } = parts;
  const labels = (id: string): Readonly<Record<string, string>> => {
    const session = sessions.find(id);
    return session === undefined ? {} : labelsOf(elsewhereOf(investigations, session));
  };
  const features = new FeaturesView(sessions, services, labels);
  const card = new CardView({
    services,
    sessions,
    window: panelWindow(services),
    elsewhere: session => elsewhereOf(investigations, session),
    labelsElsewhere: labels,
  });
  const circuits = new CircuitsView(investigations);
  const tree = vscode.window.createTreeView('circuit.features', {
    treeDataProvider: features,
    dragAndDropController: features,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const circuitsTree = vscode.window.createTreeView('circuit.circuits', {
    treeDataProvider: circuits,
    dragAndDropController: new GraphDrop<CircuitItem>(),
    canSelectMany: true,
  });
  const commands: Commands = {
    ...parts.commands,
    ...circuitCommands({ investigations, library, extensionFolder: services.extensionFolder }),
    ...featuresCommands(features, tree, sessions),
    ...Object.fromEntries(
      Object.entries(featureCommands({ services, card })).map(([id, command]) => [
        `feature.${id}`,
        async (...args: readonly unknown[]) => {
          const session = sessions.active;
          const targets = session && targetsOf(session, args);
          if (session !== undefined && targets !== undefined && targets.features.length > 0)
            await command(session, targets);
        },
      ]),
    ),
  };
  return vscode.Disposable.from(
    features,
    circuits,
    tree,
    circuitsTree,
    card.follow(),
    vscode.window.registerWebviewViewProvider('circuit.card', card),
    followSessions(sessions, features, tree),
    investigations.onDidChange(() => {
      for (const session of sessions.all) session.labelsMayDiffer();
      features.labelsMayDiffer();
      void card.update();
    }),
    ...Object.entries(commands).map(([id, command]) =>
      vscode.commands.registerCommand(`circuit.${id}`, async (...args: readonly unknown[]) => {
        try {
          await command(...args);
        } catch (error) {
          const { message, remedy, isCancellation } = failureOf(error);
          if (!isCancellation) void showFailure(message, remedy, services.log);
        }
      }),
    ),
  );
}

/** The tree shows the active session, marks what is selected in it, and selects in the graph what is selected in the tree. */
function followSessions(
  sessions: OpenSessions,
  features: FeaturesView,
  tree: vscode.TreeView<FeatureItem>,
): vscode.Disposable {
  let stop: (() => void) | undefined;
  // Showing an item selects it, and the tree then says so like of a person's click: that is no answer.
  const shownByUs = new Set<string>();
  const follow = (session: Session | undefined): void => {
    stop?.();
    features.forgetCards();
    features.refresh();
    showContext(session);
    if (tree.visible) features.loadFacts();
    stop = session?.changes.on(change => {
      if (change === 'investigation' || change === 'graph' || change === 'facts') features.refresh();
      if (change === 'graph' && tree.visible) features.loadFacts();
      if (change === 'graph' || change === 'selection') showContext(session);
      if (change === 'selection' && tree.visible) void reveal(session, features, tree, shownByUs);
    });
  };
  const unlisten = sessions.activeChanged.on(follow);
  follow(sessions.active);
  const selection = tree.onDidChangeSelection(() => {
    const nodes = nodesInTree(tree);
    if (nodes.length === 1 && shownByUs.has(nodes[0])) return;
    selectAsInTree(sessions, tree);
  });
  const visibility = tree.onDidChangeVisibility(({ visible }) => {
    if (visible) features.loadFacts();
  });
  return new vscode.Disposable(() => {
    stop?.();
    unlisten();
    selection.dispose();
    visibility.dispose();
  });
}

/** Marks the first of the selected nodes in the tree, which can be told of one only, unless they came from there. */
async function reveal(
  session: Session,
  features: FeaturesView,
  tree: vscode.TreeView<FeatureItem>,
  shownByUs: Set<string>,
): Promise<void> {
  if (isSame(nodesInTree(tree), session.selected)) return;
  const [first] = features.itemsOf(session.selected);
  if (first === undefined) return;
  shownByUs.add(first.node.id);
  try {
    await tree.reveal(first, { select: true, focus: false });
  } catch {
    // The item is gone if the tree changes meanwhile.
  } finally {
    shownByUs.delete(first.node.id);
  }
}

function showContext(session: Session | undefined): void {
  setContext('circuit.hasInvestigation', session !== undefined);
  setContext('circuit.modelMissing', session !== undefined && !session.hasModel);
  const chosen = new Set(session?.selected);
  const kinds = session?.graph.nodes.filter(({ id }) => chosen.has(id)).map(({ kind }) => kind) ?? [];
  setContext('circuit.selectionKind', kinds.length > 1 ? 'several' : kinds[0]);
}
