import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, it, type Context } from 'mocha';
import * as vscode from 'vscode';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { answering } from './answers.ts';
import { documentOf, newFolder, open, sessionOf, untilNotices, writeFiles, type Files } from './investigations.ts';
import { closeAll, customEditors, until } from './support.ts';

async function move(from: string, to: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(vscode.Uri.file(from), vscode.Uri.file(to));
  assert.ok(await vscode.workspace.applyEdit(edit));
}

async function read(path: string) {
  return parseInvestigation(await readFile(path, 'utf8'), path).investigation;
}

async function opened(path: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.file(path);
  return until(`an editor of ${path}`, () =>
    customEditors('circuit.investigation').find(other => other.toString() === uri.toString()),
  );
}

/** An investigation that was started with a graph file and never saved. */
async function unsavedOf({ graph }: Files): Promise<vscode.Uri> {
  const file = vscode.Uri.file(graph);
  await open(file, 'circuit.graph');
  await vscode.commands.executeCommand('circuit.startInvestigation', file);
  return until('an unsaved investigation', () => customEditors('circuit.investigation').at(0));
}

/** Runs a system's tool; the test is skipped where it is not permitted. */
function orSkip(test: Context, command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
  } catch {
    test.skip();
  }
}

describe('where an investigation lies', () => {
  afterEach(closeAll);

  it('is renamed with unsaved edits, and goes on', async () => {
    const { investigation: uri, folder } = await writeFiles();
    const session = await open(uri);
    await session.edit({ kind: 'pin', nodes: ['0_7_1'] });
    const to = join(folder, 'renamed.circuit.json');
    await move(uri.fsPath, to);
    const renamed = await sessionOf(await opened(to));
    assert.deepEqual(renamed.investigation?.pinned, ['0_7_1']);
    assert.equal(renamed.graph.nodes.length, 4);
    assert.deepEqual((await readdir(folder)).sort(), ['renamed.circuit.json', 'x.graph.json']);
  });

  it('takes its graph along into another folder, and keeps pointing to its text', async () => {
    const { investigation: uri, folder } = await writeFiles({ source: { file: 'prompts.md', start: 3 } });
    await writeFile(join(folder, 'prompts.md'), 'x');
    await open(uri);
    await mkdir(join(folder, 'sub'));
    const to = join(folder, 'sub', 'x.circuit.json');
    await move(uri.fsPath, to);
    await until('the graph', async () => ((await readdir(join(folder, 'sub'))).length === 2 ? true : undefined));
    assert.deepEqual((await readdir(folder)).sort(), ['prompts.md', 'sub']);
    const moved = await sessionOf(await opened(to));
    await untilNotices(moved, null);
    assert.equal(moved.graph.nodes.length, 4);
    await until('the way to the text', async () =>
      (await documentOf(vscode.Uri.file(to))).getText().includes('"../prompts.md"') ? true : undefined,
    );
  });

  it('leaves a graph that another one needs, and points to it', async () => {
    const { investigation: uri, folder } = await writeFiles();
    const twin = join(folder, 'twin.circuit.json');
    await writeFile(twin, await readFile(uri.fsPath));
    await vscode.commands.executeCommand('circuit.circuits.refresh');
    await mkdir(join(folder, 'sub'));
    const to = join(folder, 'sub', 'x.circuit.json');
    await move(uri.fsPath, to);
    await until('the reference', async () => {
      const moved = await read(to).catch(() => undefined);
      return moved?.graph.file === '../x.graph.json' ? true : undefined;
    });
    assert.equal((await read(twin)).graph.file, 'x.graph.json');
    assert.ok((await readdir(folder)).includes('x.graph.json'));
  });

  it('follows its graph when that is renamed', async () => {
    const { investigation: uri, folder, graph } = await writeFiles();
    await vscode.commands.executeCommand('circuit.circuits.refresh');
    const session = await open(uri);
    await move(graph, join(folder, 'dallas.graph.json'));
    await until('the reference', () => (session.investigation?.graph.file === 'dallas.graph.json' ? true : undefined));
    await untilNotices(session, null);
    assert.equal(session.graph.nodes.length, 4);
  });

  it('finds a graph that was moved behind the editor’s back, by its contents', async () => {
    const { investigation: uri, folder, graph } = await writeFiles();
    await mkdir(join(folder, 'elsewhere'));
    execFileSync('mv', [graph, join(folder, 'elsewhere', 'x.graph.json')]);
    const session = await open(uri);
    assert.deepEqual([session.graph.nodes.length, session.notices], [4, []]);
  });

  it('is moved together with its graph without a change', async () => {
    const { investigation: uri, folder } = await writeFiles();
    const before = await readFile(uri.fsPath, 'utf8');
    await vscode.commands.executeCommand('circuit.circuits.refresh');
    await move(folder, `${folder}-moved`);
    assert.equal(await readFile(join(`${folder}-moved`, 'x.circuit.json'), 'utf8'), before);
  });

  it('is never lost where it cannot be saved: a read-only folder, then another one', async function () {
    const files = await writeFiles();
    const readOnly = await newFolder();
    orSkip(this, 'chattr', '+i', readOnly);
    try {
      const uri = await unsavedOf(files);
      const session = await sessionOf(uri);
      await session.edit({ kind: 'pin', nodes: ['0_7_1'] });
      const target = vscode.Uri.file(join(readOnly, 'x.circuit.json'));
      const document = await documentOf(uri);
      const asked = await answering({ save: target, buttons: ['Retry'] }, async ({ errors }) => {
        await document.save();
        await until('two failures', () => (errors.length === 2 ? true : undefined));
      });
      assert.match(asked.errors[0], /x\.graph\.json.*(EPERM|not permitted).*Nothing is lost/);
      assert.deepEqual(await readdir(readOnly), []);
      assert.deepEqual((await read(uri.fsPath)).pinned, ['0_7_1'], 'it is kept');
      execFileSync('chattr', ['-i', readOnly]);
      await session.edit({ kind: 'pin', nodes: ['1_9_2'] });
      await answering({ save: target }, async () => {
        await document.save();
        await opened(target.fsPath);
      });
      await until('the whole', async () => ((await readdir(readOnly)).length === 2 ? true : undefined));
      assert.deepEqual((await read(target.fsPath)).pinned, ['0_7_1', '1_9_2']);
      await until('the unsaved one gone', async () =>
        (await readdir(dirname(uri.fsPath))).includes('x.circuit.json') ? undefined : true,
      );
    } finally {
      execFileSync('chattr', ['-i', readOnly]);
    }
  });

  it('says so when a saved one cannot be written any more, and keeps the edits', async function () {
    const { investigation: uri } = await writeFiles();
    orSkip(this, 'chattr', '+i', uri.fsPath);
    try {
      const session = await open(uri);
      await session.edit({ kind: 'pin', nodes: ['0_7_1'] });
      const document = await documentOf(uri);
      assert.equal(await document.save(), false);
      assert.ok(document.isDirty);
      assert.deepEqual(session.investigation?.pinned, ['0_7_1']);
    } finally {
      execFileSync('chattr', ['-i', uri.fsPath]);
    }
  });

  it('leaves nothing half-written on a full disk', async function () {
    const files = await writeFiles();
    const disk = await newFolder();
    orSkip(this, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk);
    try {
      await writeFile(join(disk, 'ballast'), Buffer.alloc(62 * 1024));
      const uri = await unsavedOf(files);
      const target = vscode.Uri.file(join(disk, 'x.circuit.json'));
      const document = await documentOf(uri);
      await (await sessionOf(uri)).edit({ kind: 'notes', text: 'x'.repeat(5000) });
      const asked = await answering({ save: target }, async ({ errors }) => {
        await document.save();
        await until('the failure', () => (errors.length === 1 ? true : undefined));
      });
      assert.match(asked.errors[0], /ENOSPC|no space/);
      const left = (await readdir(disk)).filter(name => !/^(ballast|x\.graph\.json)$/.test(name));
      assert.deepEqual(left, []);
      assert.equal((await read(uri.fsPath)).notes?.length, 5000, 'it is kept');
      await rm(join(disk, 'ballast'));
      await answering({ save: target }, async () => {
        // As Ctrl+S, also where nothing changed.
        await vscode.commands.executeCommand('workbench.action.files.save');
        await opened(target.fsPath);
      });
      assert.equal((await read(target.fsPath)).notes?.length, 5000);
      await closeAll();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
