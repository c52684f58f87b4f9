import type * as vscode from 'vscode';
import { openDropped } from './open-dropped.ts';

/** How the editor hands over files that are dragged, from its explorer and from outside. */
const FILES = 'text/uri-list';

/** A view onto which files may be dropped: graph files of any name, and investigations, are opened. */
export class GraphDrop<Item> implements vscode.TreeDragAndDropController<Item> {
  readonly dragMimeTypes: readonly string[] = [];
  readonly dropMimeTypes = [FILES];

  async handleDrop(_: Item | undefined, data: vscode.DataTransfer): Promise<void> {
    await openDropped((await data.get(FILES)?.asString()) ?? '');
  }
}
