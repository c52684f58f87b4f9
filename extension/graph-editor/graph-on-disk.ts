import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomically } from '../../src/checkpoint/atomic-file.ts';

/**
 * The path of a graph file: its own on this disk; a file of another kind (in an archive, of a repository, of another
 * computer) is copied into `folder` first, so that it can be read in pieces, and saved beside an investigation of it.
 */
export async function graphOnDisk(uri: vscode.Uri, folder: string): Promise<string> {
  if (uri.scheme === 'file') return uri.fsPath;
  const content = await vscode.workspace.fs.readFile(uri);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = join(folder, `${sha256}.graph.json`);
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, [content]);
  return path;
}
