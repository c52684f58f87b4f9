import * as vscode from 'vscode';
import type { GraphMetadata } from '../../src/graph/types.ts';
import { plainMarkdown, type Piece } from '../common/plain-markdown.ts';
import { circuitTitle, scoreText } from './circuit-text.ts';
import type { ListedInvestigation, WorkspaceInvestigations } from './workspace-investigations.ts';

/** Investigations that lie in the extension's folder, under a heading of their own. */
interface UnsavedGroup {
  readonly isGroup: true;
}

export type CircuitItem = ListedInvestigation | UnsavedGroup;

/** The tree of the workspace's investigations. */
export class CircuitsView implements vscode.TreeDataProvider<CircuitItem> {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #investigations: WorkspaceInvestigations;
  readonly #unsaved: UnsavedGroup = { isGroup: true };
  readonly #subscription: vscode.Disposable;

  constructor(investigations: WorkspaceInvestigations) {
    this.#investigations = investigations;
    this.#subscription = investigations.onDidChange(() => this.#changed.fire(undefined));
  }

  async getChildren(item?: CircuitItem): Promise<CircuitItem[]> {
    const all = await this.#investigations.list();
    const isIn = (unsaved: boolean) => all.filter(({ isUnsaved }) => isUnsaved === unsaved);
    if (item !== undefined) return isIn(true);
    return [...(isIn(true).length > 0 ? [this.#unsaved] : []), ...isIn(false)];
  }

  async getTreeItem(item: CircuitItem): Promise<vscode.TreeItem> {
    if ('isGroup' in item) return unsavedItem();
    const metadata = await this.#investigations.metadata(item);
    return circuitItem(item, metadata);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

function unsavedItem(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Not saved yet'), vscode.TreeItemCollapsibleState.Expanded);
  item.id = 'unsaved';
  item.contextValue = 'unsaved';
  return item;
}

function circuitItem(listed: ListedInvestigation, metadata: GraphMetadata | undefined): vscode.TreeItem {
  const { uri, file, investigation, problem } = listed;
  const item = new vscode.TreeItem(investigation === undefined ? file : circuitTitle(investigation));
  item.id = uri.toString();
  item.resourceUri = uri;
  item.iconPath = new vscode.ThemeIcon(investigation === undefined ? 'warning' : 'type-hierarchy');
  item.contextValue = investigation === undefined ? 'damaged' : 'investigation';
  item.description = investigation === undefined ? vscode.l10n.t('cannot be read') : scoreText(investigation, metadata);
  const lines: Piece[][] = [
    [{ strong: file }],
    [problem ?? investigation?.prompt ?? ''],
    ...(investigation === undefined
      ? []
      : [
          // A narrow list cuts what stands beside the prompt.
          [scoreText(investigation, metadata)],
          [
            vscode.l10n.t(
              '{0} pinned, {1} groups, {2} features annotated',
              investigation.pinned.length,
              investigation.supernodes.length,
              investigation.annotations.length,
            ),
          ],
        ]),
    ...(investigation?.notes === undefined ? [] : [[investigation.notes]]),
  ];
  item.tooltip = plainMarkdown(lines);
  item.command = {
    command: 'vscode.openWith',
    title: vscode.l10n.t('Open'),
    arguments: [uri, investigation === undefined ? 'default' : 'circuit.investigation'],
  };
  return item;
}
