import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomically } from '../../src/checkpoint/atomic-file.ts';
import { isInvestigation } from '../investigation/document-text.ts';

/** So many tabs at once are a mistake. */
const MOST_FILES = 20;

/** Opens the graph files and investigations of a list of addresses (RFC 2483); says so if there are none. */
export async function openDropped(list: string): Promise<void> {
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

/**
 * Opens what was dropped from outside the editor, of which there is no path: it is kept in `folder`, in a place that its
 * contents name, and is saved beside an investigation of it. Errors: `file-write`.
 */
export async function openDroppedContent(name: string, content: Uint8Array, folder: string): Promise<void> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const place = join(folder, 'dropped', sha256.slice(0, 16));
  await mkdir(place, { recursive: true });
  const path = join(place, plainFileName(name));
  await writeFileAtomically(path, [content]);
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(path), 'circuit.graph', { preview: false });
}

/** A name as files may have it on every system. */
function plainFileName(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '-').replace(/^\.+/, '');
  return plain.toLowerCase().endsWith('.json') ? plain.slice(-120) : `${plain.slice(-100)}.json`;
}

/** An address a line, comments begin with #. */
function urisOf(list: string): vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => vscode.Uri.parse(line));
}
