import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { engineProcesses, EXTENSION } from './support.ts';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string; readonly category?: string }[] };
}

describe('activation', () => {
  it('starts no engine and loads no runtime', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION);
    assert.ok(extension !== undefined);
    const start = performance.now();
    await extension.activate();
    console.log(`    activated in ${(performance.now() - start).toFixed(0)} ms`);
    assert.deepEqual(engineProcesses(), []);
    const libraries = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
    assert.deepEqual(
      libraries.sharedObjects.filter(path => path.includes('onnxruntime')),
      [],
    );
  });

  it('registers every command of the manifest, each under a category', async () => {
    const extension = vscode.extensions.getExtension<unknown>(EXTENSION);
    const { commands } = (extension?.packageJSON as Manifest).contributes;
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      commands.filter(({ command }) => !registered.has(command)).map(({ command }) => command),
      [],
    );
    assert.deepEqual(
      commands.filter(({ category }) => category === undefined),
      [],
    );
  });
});
