import type * as vscode from 'vscode';
import type { OpenSessions } from '../investigation/open-sessions.ts';
import type { FeatureItem } from './feature-items.ts';

/** The ids of the nodes that are selected in the tree. */
export function nodesInTree({ selection }: Pick<vscode.TreeView<FeatureItem>, 'selection'>): string[] {
  return selection.flatMap(item => (item.kind === 'feature' ? [item.node.id] : []));
}

/** Selects them in the active graph, too, unless they are what is selected there. */
export function selectAsInTree(sessions: OpenSessions, tree: vscode.TreeView<FeatureItem>): void {
  const nodes = nodesInTree(tree);
  const session = sessions.active;
  if (session === undefined || nodes.length === 0 || isSame(nodes, session.selected)) return;
  session.select(nodes);
}

/** The same nodes, in whatever order. */
export function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}
