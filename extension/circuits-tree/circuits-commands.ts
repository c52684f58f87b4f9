import { rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { CircuitError } from '../../src/errors.ts';
import { compareInvestigations, type Compared } from '../../src/graph/compare.ts';
import { plainLabel } from '../common/plain-message.ts';
import { isInvestigation } from '../investigation/document-text.ts';
import type { GraphLibrary } from '../investigation/graph-library.ts';
import { loadGraph } from '../investigation/load-graph.ts';
import { placeholderGraph } from '../investigation/placeholder-graph.ts';
import { circuitTitle } from './circuit-text.ts';
import type { CircuitItem } from './circuits-view.ts';
import { comparisonHtml } from './comparison-html.ts';
import type { ListedInvestigation, WorkspaceInvestigations } from './workspace-investigations.ts';

export interface CircuitParts {
  readonly investigations: WorkspaceInvestigations;
  readonly library: GraphLibrary;
  readonly extensionFolder: string;
}

type Commands = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** The commands of the Circuits view, by what follows `circuit.`. */
export function circuitCommands(parts: CircuitParts): Commands {
  return {
    'circuits.refresh': () => parts.investigations.refresh(),
    compare: async (...args) => {
      const [left, right] = await chooseTwo(parts.investigations, args);
      if (left !== undefined && right !== undefined) await showComparison(parts, left, right);
    },
    'investigation.rename': async item => {
      const listed = await chooseOne(parts.investigations, item);
      if (listed !== undefined) await renameInvestigation(listed.uri);
    },
  };
}

/** The items of the tree or the explorer that are selected, else what the person picks. */
async function chooseTwo(
  investigations: WorkspaceInvestigations,
  [, many]: readonly unknown[],
): Promise<ListedInvestigation[]> {
  const all = (await investigations.list()).filter(({ investigation }) => investigation !== undefined);
  const given = Array.isArray(many) ? many.map(addressOf) : [];
  const chosen = all.filter(({ uri }) => given.includes(uri.toString()));
  if (chosen.length === 2) return chosen;
  const picked = await vscode.window.showQuickPick(all.map(quickPick), {
    title: vscode.l10n.t('Compare Investigations'),
    placeHolder: vscode.l10n.t('Choose two'),
    canPickMany: true,
  });
  if (picked !== undefined && picked.length !== 2) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Two investigations are compared: choose two.'));
  }
  return picked?.length === 2 ? picked.map(({ listed }) => listed) : [];
}

async function chooseOne(
  investigations: WorkspaceInvestigations,
  item: unknown,
): Promise<ListedInvestigation | undefined> {
  const all = await investigations.list();
  const active = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const wanted = addressOf(item) ?? (active instanceof vscode.TabInputCustom ? active.uri.toString() : undefined);
  const found = all.find(({ uri }) => uri.toString() === wanted);
  if (found !== undefined) return found;
  const picked = await vscode.window.showQuickPick(all.map(quickPick), {
    title: vscode.l10n.t('Rename Investigation'),
  });
  return picked?.listed;
}

function quickPick(listed: ListedInvestigation): vscode.QuickPickItem & { listed: ListedInvestigation } {
  const { file, investigation } = listed;
  const label = investigation === undefined ? file : circuitTitle(investigation);
  return { label: plainLabel(label), description: plainLabel(file), listed };
}

/** Of an item of the tree or of the explorer. */
function addressOf(item: unknown): string | undefined {
  if (item instanceof vscode.Uri) return item.toString();
  const isListed = typeof item === 'object' && item !== null && 'uri' in item && item.uri instanceof vscode.Uri;
  return isListed ? (item as Exclude<CircuitItem, { isGroup: true }>).uri.toString() : undefined;
}

/** Renames the file; its graph keeps its name, since the investigation says it. */
async function renameInvestigation(uri: vscode.Uri): Promise<void> {
  const stem = uri.path.slice(uri.path.lastIndexOf('/') + 1).replace(/\.circuit\.json$/, '');
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Rename Investigation'),
    value: stem,
    validateInput: text =>
      /[/\\:*?"<>|]/.test(text) ? vscode.l10n.t('A file name has none of / \\ : * ? " < > |') : undefined,
  });
  if (name === undefined || name === '' || name === stem) return;
  const target = vscode.Uri.joinPath(uri, '..', `${name}.circuit.json`);
  if (!isInvestigation(target) || (await exists(target.fsPath))) {
    throw new CircuitError(
      'file-write',
      vscode.l10n.t('{0} exists.', target.fsPath),
      vscode.l10n.t('Choose another name.'),
    );
  }
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(uri, target);
  if (!(await vscode.workspace.applyEdit(edit)))
    await rename(uri.fsPath, join(dirname(uri.fsPath), `${name}.circuit.json`));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function showComparison(
  { library, extensionFolder }: CircuitParts,
  left: ListedInvestigation,
  right: ListedInvestigation,
): Promise<void> {
  const sides = await Promise.all([read(library, left), read(library, right)]);
  const comparison = compareInvestigations(...sides);
  const media = vscode.Uri.joinPath(vscode.Uri.file(extensionFolder), 'media');
  const panel = vscode.window.createWebviewPanel(
    'circuit.comparison',
    vscode.l10n.t('Compare Investigations'),
    vscode.ViewColumn.Active,
    { enableFindWidget: true, localResourceRoots: [media] },
  );
  const titles = [left, right].map(({ file, investigation }) => ({ file, prompt: investigation?.prompt ?? '' }));
  panel.webview.html = comparisonHtml(comparison, [titles[0], titles[1]], {
    style: panel.webview.asWebviewUri(vscode.Uri.joinPath(media, 'compare.css')).toString(),
    cspSource: panel.webview.cspSource,
    language: vscode.env.language,
  });
}

async function read(library: GraphLibrary, { uri, investigation }: ListedInvestigation): Promise<Compared> {
  const { graph } = await loadGraph(
    library,
    investigation!.graph,
    dirname(uri.fsPath),
    undefined,
    new AbortController().signal,
  );
  return { investigation: investigation!, graph: graph?.graph ?? placeholderGraph(investigation!) };
}
