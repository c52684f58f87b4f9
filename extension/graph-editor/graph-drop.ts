import * as vscode from 'vscode';
import { isInvestigation } from '../investigation/document-text.ts';

/** How the editor hands over files that are dragged, from its explorer and from outside. */
const FILES = 'text/uri-list';

/** A view onto which files may be dropped: graph files of any name, and investigations, are opened. */
export class GraphDrop<Item> implements vscode.TreeDragAndDropController<Item> {
  readonly dragMimeTypes: readonly string[] = [];
  readonly dropMimeTypes = [FILES];

  async handleDrop(_: Item | undefined, data: vscode.DataTransfer): Promise<void> {
    const list = (await data.get(FILES)?.asString()) ?? '';
    const files = urisOf(list).filter(({ path }) => path.toLowerCase().endsWith('.json'));
    if (files.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('Drop graph files of Circuit Explorer, circuit-tracer or Neuronpedia here: they end in .json.'),
      );
    }
    for (const uri of files.slice(0, MOST_FILES)) {
      const editor = isInvestigation(uri) ? 'circuit.investigation' : 'circuit.graph';
      await vscode.commands.executeCommand('vscode.openWith', uri, editor, { preview: false });
    }
  }
}

/** So many tabs at once are a mistake. */
const MOST_FILES = 20;

/** RFC 2483: an address a line, comments begin with #. */
function urisOf(list: string): vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => vscode.Uri.parse(line));
}
