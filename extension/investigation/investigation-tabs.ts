import * as vscode from 'vscode';

export async function openInvestigation(uri: vscode.Uri, column = vscode.ViewColumn.Active): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, 'circuit.investigation', {
    viewColumn: column,
    preview: false,
  });
}

/** Opens `to` where `from` was shown, and closes that; nothing if it was closed meanwhile. */
export async function replaceTabs(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  const tabs = tabsOf(from);
  if (tabs.length === 0) return;
  await openInvestigation(to, tabs[0].group.viewColumn);
  await vscode.window.tabGroups.close(tabs, true);
}

/** The tabs that show a document, in whatever editor. */
export function tabsOf(uri: vscode.Uri): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(group => group.tabs)
    .filter(({ input }) => {
      const isEditor = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
      return isEditor && input.uri.toString() === uri.toString();
    });
}
