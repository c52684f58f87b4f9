import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { Session } from '../../../extension/investigation/session.ts';
import type { Services } from '../../../extension/services.ts';
import type { Investigation } from '../../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { featureNode, logitNode, tokenNode } from '../../../src/graph/nodes.ts';
import type { AttributionGraph } from '../../../src/graph/types.ts';
import { writeGraph } from '../../../src/graph/write-graph.ts';
import { EXTENSION, textOf, until, workspaceFolder } from './support.ts';

/** Four nodes in a row: a token, two features, a logit. */
export const GRAPH: AttributionGraph = {
  metadata: {
    slug: 'x',
    scan: 'tiny',
    prompt: 'Dallas is',
    promptTokens: ['<bos>', 'Dallas', ' is'],
    schemaVersion: 1,
    transcoders: [],
  },
  nodes: [
    tokenNode(1, 4, { influence: 0.9 }),
    featureNode(0, 1, 7, { activation: 2, influence: 0.5, label: 'Texas' }),
    featureNode(1, 2, 9, { activation: 3, influence: 0.3, label: 'say Austin' }),
    logitNode(2, 2, 11, { text: ' Austin', probability: 0.9, isTarget: true }),
  ],
  links: {
    sources: Uint32Array.of(0, 1, 2),
    targets: Uint32Array.of(1, 2, 3),
    weights: Float64Array.of(3, 2, 1),
  },
  pinned: [],
  supernodes: [],
};

export interface Files {
  readonly folder: string;
  readonly investigation: vscode.Uri;
  readonly graph: string;
}

/** An investigation and its graph in a folder of their own in the workspace. */
export async function writeFiles(change: Partial<Investigation> = {}, graph = GRAPH): Promise<Files> {
  const folder = await newFolder();
  const file = join(folder, 'x.graph.json');
  // Contents of its own: a graph is found by them wherever it lies.
  await writeGraph(file, { ...graph, metadata: { ...graph.metadata, slug: basename(folder) } });
  const investigation: Investigation = {
    version: 1,
    prompt: 'Dallas is',
    graph: { file: 'x.graph.json', sha256: await sha256Of(file) },
    settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
    pinned: [],
    supernodes: [],
    annotations: [],
    ...change,
  };
  const path = join(folder, 'x.circuit.json');
  await writeFile(path, writeInvestigation(investigation));
  return { folder, investigation: vscode.Uri.file(path), graph: file };
}

export async function newFolder(): Promise<string> {
  const files = join(workspaceFolder().fsPath, 'files');
  await mkdir(files, { recursive: true });
  return mkdtemp(join(files, 'case-'));
}

export async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** The parts of the extension, which it shows to tests. */
export async function services(): Promise<Services> {
  const extension = vscode.extensions.getExtension<Services>(EXTENSION);
  if (extension === undefined) throw new Error('the extension is not there');
  return extension.activate();
}

/** The open session of a file, with its graph read. */
export async function sessionOf(uri: vscode.Uri): Promise<Session> {
  const { sessions } = await services();
  const session = await until(`a session of ${uri.path}`, () => sessions.find(uri.toString()));
  await session.settled;
  return session;
}

export async function activeSession(): Promise<Session> {
  const { active } = (await services()).sessions;
  if (active === undefined) throw new Error('nothing is active');
  await active.settled;
  return active;
}

/** Opens an investigation in its editor, or a graph file. */
export async function open(uri: vscode.Uri, viewType = 'circuit.investigation'): Promise<Session> {
  await vscode.commands.executeCommand('vscode.openWith', uri, viewType, { preview: false });
  const session = await sessionOf(uri);
  await until('the editor', async () => ((await services()).sessions.active === session ? true : undefined));
  return session;
}

export async function documentOf(uri: vscode.Uri): Promise<vscode.TextDocument> {
  if (textOf(uri) === undefined) throw new Error(`${uri.path} is not open`);
  return vscode.workspace.openTextDocument(uri);
}

/** Waits until the session's notices are such. */
export async function untilNotices(session: Session, pattern: RegExp | null): Promise<void> {
  await until(`the notices ${String(pattern)}`, () => {
    const text = session.notices.join('\n');
    return (pattern === null ? text === '' : pattern.test(text)) ? true : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; they are: ${session.notices.join('\n')}`);
  });
}
