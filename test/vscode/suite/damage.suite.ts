import assert from 'node:assert/strict';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { writeGraph } from '../../../src/graph/write-graph.ts';
import { activeSession, documentOf, GRAPH, newFolder, open, untilNotices, writeFiles } from './investigations.ts';
import { closeAll, until } from './support.ts';

const PINNED = { pinned: ['0_7_1'], annotations: [{ layer: 0, feature: 7, label: 'mine' }] } as const;
const FIXTURES = join(
  vscode.extensions.getExtension('circuit-explorer.circuit-explorer')!.extensionPath,
  'test/fixtures/graphs',
);

async function replaceText(uri: vscode.Uri, text: string): Promise<void> {
  const document = await documentOf(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(uri, new vscode.Range(new vscode.Position(0, 0), document.positionAt(Infinity)), text);
  await vscode.workspace.applyEdit(edit);
}

describe('damaged and missing files', () => {
  afterEach(closeAll);

  it('a graph that is replaced by garbage under an open editor, removed, and comes back', async () => {
    const { investigation: uri, graph, folder } = await writeFiles(PINNED);
    const good = join(folder, 'good');
    await copyFile(graph, good);
    const session = await open(uri);
    assert.deepEqual([session.graph.nodes.length, session.notices], [4, []]);
    await writeFile(graph, '\u0000garbage{{{');
    await untilNotices(session, /cannot be shown.*x\.graph\.json/);
    assert.deepEqual(
      session.graph.nodes.map(({ id, label }) => [id, label]),
      [['0_7_1', 'mine']],
      'what the investigation names is shown',
    );
    await session.edit({ kind: 'annotate', layer: 0, feature: 7, change: { note: 'still editable' } });
    assert.ok(await (await documentOf(uri)).save());
    await rm(graph);
    await untilNotices(session, /x\.graph\.json is not here/);
    await copyFile(good, graph);
    await untilNotices(session, null);
    assert.equal(session.graph.nodes.length, 4);
    assert.equal(session.investigation?.annotations[0].note, 'still editable');
  });

  it('another graph in the place of the one it was made with is shown, and said', async () => {
    const { investigation: uri, graph } = await writeFiles(PINNED);
    await writeGraph(graph, { ...GRAPH, pinned: ['1_9_2'] });
    const session = await open(uri);
    await untilNotices(session, /is not the graph that this investigation was made with/);
    assert.equal(session.graph.nodes.length, 4);
  });

  it('a graph that is garbage or missing before it is opened', async () => {
    const { investigation: uri, graph } = await writeFiles(PINNED);
    await writeFile(graph, '[]');
    const session = await open(uri);
    await untilNotices(session, /cannot be shown/);
    const other = await writeFiles(PINNED);
    await rm(other.graph);
    await untilNotices(await open(other.investigation), /is not here/);
    const alone = vscode.Uri.file(join(other.folder, 'alone.graph.json'));
    await writeFile(alone.fsPath, 'garbage');
    await untilNotices(await open(alone, 'circuit.graph'), /cannot be shown/);
  });

  it('a graph file that was cut off shows what came before', async () => {
    const { investigation: uri, graph } = await writeFiles(PINNED);
    const text = await readFile(graph, 'utf8');
    await writeFile(graph, text.slice(0, text.indexOf('"links"')));
    const session = await open(uri);
    await untilNotices(session, /x\.graph\.json/);
    assert.equal(session.graph.nodes.length, 4);
  });

  it('a damaged investigation shows what can be read, is not overwritten, and is mended in the text', async () => {
    const { investigation: uri } = await writeFiles(PINNED);
    const good = await readFile(uri.fsPath, 'utf8');
    const cut = good.slice(0, good.indexOf('"annotations"'));
    await writeFile(uri.fsPath, cut);
    const session = await open(uri);
    assert.equal(session.graph.nodes.length, 4, 'the graph is found and shown');
    assert.deepEqual(session.investigation?.pinned, ['0_7_1']);
    assert.match(session.notices.join(), /Shown is what can be read/);
    await assert.rejects(session.edit({ kind: 'pin', nodes: ['1_9_2'] }), /not JSON/);
    assert.equal((await documentOf(uri)).getText(), cut);
    await vscode.commands.executeCommand('circuit.openAsText');
    await until('the text', () =>
      vscode.window.activeTextEditor?.document.uri.toString() === uri.toString() ? true : undefined,
    );
    await replaceText(uri, good);
    await until('the mended one', () => (session.investigation?.annotations.length === 1 ? true : undefined));
    assert.deepEqual(session.notices, []);
    await session.edit({ kind: 'pin', nodes: ['1_9_2'] });
    // What was whole once stays while the text is being typed.
    await replaceText(uri, good.slice(0, 20));
    await until('the notice', () => (session.investigation?.pinned.length === 2 ? true : undefined));
    await replaceText(uri, good);
  });

  it('refuses newer versions without touching them, and brings older ones to this one', async () => {
    const { investigation: uri, folder } = await writeFiles(PINNED);
    const text = (await readFile(uri.fsPath, 'utf8')).replace('"version": 1', '"version": 2');
    await writeFile(uri.fsPath, text);
    const session = await open(uri);
    assert.equal(session.investigation, null);
    await assert.rejects(session.edit({ kind: 'pin', nodes: ['1_9_2'] }), /version 2 .* reads up to 1/);
    assert.equal((await documentOf(uri)).getText(), text);
    const old = vscode.Uri.file(join(folder, 'old.circuit.json'));
    const state = {
      version: 0,
      prompt: 'Dallas is',
      graph: { file: 'x.graph.json' },
      pinnedIds: '0_7_1',
      clerps: [['0_7_1', 'state']],
    };
    await writeFile(old.fsPath, JSON.stringify(state));
    const opened = await open(old);
    assert.deepEqual(opened.investigation?.annotations, [{ layer: 0, feature: 7, label: 'state' }]);
    assert.ok(!(await documentOf(old)).isDirty, 'nothing is written unasked');
    await opened.edit({ kind: 'pin', nodes: ['1_9_2'] });
    const written = JSON.parse((await documentOf(old)).getText()) as { version: number; pinned: string[] };
    assert.deepEqual([written.version, written.pinned], [1, ['0_7_1', '1_9_2']]);
    await vscode.commands.executeCommand('undo');
    assert.equal((await documentOf(old)).getText(), JSON.stringify(state), 'undo gives the old version back');
  });

  it('is checked by the schema in the text editor', async () => {
    const { investigation: uri } = await writeFiles(PINNED);
    const text = await readFile(uri.fsPath, 'utf8');
    await writeFile(
      uri.fsPath,
      text.replace('"nodeThreshold": 0.8', '"nodeThreshold": 8').replace('"label"', '"lable"'),
    );
    await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
    const messages = await until('diagnostics', () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length >= 2 ? found.map(({ message }) => message) : undefined;
    });
    assert.ok(
      messages.some(message => message.includes('maximum of 1')),
      messages.join('\n'),
    );
    assert.ok(
      messages.some(message => message.includes('lable')),
      messages.join('\n'),
    );
  });
});

describe('graph files of others', () => {
  afterEach(closeAll);

  for (const name of [
    'schema-0.json',
    'saved-subgraph.json',
    'grouped-labels.json',
    'repository-scan.json',
    'complete-replacement.json',
    'old-error-ids.json',
    'hostile.json',
    'all-kinds.json',
  ]) {
    it(`${name}: an investigation is started with it, and saved`, async () => {
      const folder = await newFolder();
      const file = vscode.Uri.file(join(folder, name));
      await copyFile(join(FIXTURES, name), file.fsPath);
      await vscode.commands.executeCommand('circuit.openGraph', file);
      const graph = await open(file, 'circuit.graph');
      assert.ok(graph.readOnly && graph.graph.nodes.length > 0);
      await vscode.commands.executeCommand('circuit.startInvestigation', file);
      const session = await until('the investigation', async () => {
        const active = await activeSession();
        return active.readOnly ? undefined : active;
      });
      assert.equal(session.graph.nodes.length, graph.graph.nodes.length);
      assert.equal(session.investigation?.prompt, graph.graph.metadata.prompt);
      assert.deepEqual(session.notices, graph.notices);
      assert.equal(await readFile(file.fsPath, 'utf8'), await readFile(join(FIXTURES, name), 'utf8'));
      await rm(vscode.Uri.parse(session.id).fsPath);
    });
  }

  it('more than 50 MB', async () => {
    const folder = await newFolder();
    const file = vscode.Uri.file(join(folder, 'large.graph.json'));
    await writeGraph(join(folder, 'small.json'), GRAPH);
    const small = await readFile(join(folder, 'small.json'), 'utf8');
    // White space is content enough for an editor that reads all of a text.
    await writeFile(file.fsPath, small.replace('{', `{${' \n'.repeat(27e6)}`));
    await vscode.commands.executeCommand('vscode.open', file);
    const session = await open(file, 'circuit.graph');
    assert.deepEqual([session.graph.nodes.length, session.notices], [4, []]);
    await vscode.commands.executeCommand('circuit.startInvestigation', file);
    const started = await until('the investigation', async () => {
      const active = await activeSession();
      return active.readOnly ? undefined : active;
    });
    assert.equal(started.graph.nodes.length, 4);
    await rm(vscode.Uri.parse(started.id).fsPath);
    await rm(file.fsPath);
  });
});
