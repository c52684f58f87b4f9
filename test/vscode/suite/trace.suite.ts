import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import {
  closeAll,
  customEditors,
  DALLAS,
  engineProcesses,
  showPrompts,
  textOf,
  until,
  workspaceFolder,
} from './support.ts';

async function tracedInvestigation(): Promise<vscode.Uri> {
  return until('an investigation', () => customEditors('circuit.investigation').find(uri => textOf(uri) !== undefined));
}

describe('tracing', () => {
  afterEach(closeAll);

  it('opens an unsaved investigation of the line with the cursor', async () => {
    await showPrompts(0);
    await vscode.commands.executeCommand('circuit.trace');
    const uri = await tracedInvestigation();
    const { investigation } = parseInvestigation(textOf(uri) ?? '', 'investigation');
    assert.equal(investigation.prompt, DALLAS);
    const source = vscode.Uri.joinPath(uri, '..', investigation.source?.file ?? '');
    assert.equal(source.fsPath, vscode.Uri.joinPath(workspaceFolder(), 'prompts.txt').fsPath);
    assert.equal(investigation.source?.start, 0);
    assert.ok(!uri.fsPath.startsWith(workspaceFolder().fsPath), 'nothing is written to the workspace unasked');
  });

  it('opens one for each cursor', async () => {
    await showPrompts(0, 2);
    await vscode.commands.executeCommand('circuit.trace');
    const all = await until('two investigations', () => {
      const uris = customEditors('circuit.investigation');
      return uris.length === 2 && uris.every(uri => textOf(uri) !== undefined) ? uris : undefined;
    });
    const prompts = all.map(uri => parseInvestigation(textOf(uri) ?? '', 'investigation').investigation.prompt);
    assert.deepEqual(prompts.sort(), [DALLAS, 'the opposite of hot is']);
    assert.equal(vscode.window.tabGroups.all.length, 2, 'both beside the text');
  });

  it('takes a selection of several lines as one prompt', async () => {
    const editor = await showPrompts(0);
    editor.selection = new vscode.Selection(1, 0, 2, 15);
    await vscode.commands.executeCommand('circuit.trace');
    const uri = await tracedInvestigation();
    const { prompt } = parseInvestigation(textOf(uri) ?? '', 'investigation').investigation;
    assert.equal(prompt, 'Fact: the capital of the state containing Oakland is\nthe opposite of');
  });

  it('goes on after the engine was killed', async () => {
    await showPrompts(0);
    await vscode.commands.executeCommand('circuit.trace');
    await tracedInvestigation();
    const [engine] = engineProcesses();
    assert.ok(engine > 0, 'the engine runs');
    process.kill(engine, 'SIGKILL');
    await until('the end of the engine', () => (engineProcesses().includes(engine) ? undefined : true));
    await closeAll();
    await showPrompts(2);
    await vscode.commands.executeCommand('circuit.trace');
    const uri = await tracedInvestigation();
    assert.equal(parseInvestigation(textOf(uri) ?? '', 'investigation').investigation.prompt, 'the opposite of hot is');
    assert.notDeepEqual(engineProcesses(), [engine]);
  });

  it('ends the engine when it is told to restart, and starts it when it is needed', async () => {
    await showPrompts(2);
    await vscode.commands.executeCommand('circuit.trace');
    await tracedInvestigation();
    const [engine] = engineProcesses();
    await vscode.commands.executeCommand('circuit.restartEngine');
    assert.deepEqual(engineProcesses(), []);
    await closeAll();
    await showPrompts(0);
    await vscode.commands.executeCommand('circuit.trace');
    await tracedInvestigation();
    const [next] = engineProcesses();
    assert.ok(next > 0 && next !== engine);
  });

  it('opens graph files on their own', async () => {
    await showPrompts(0);
    await vscode.commands.executeCommand('circuit.trace');
    const uri = await tracedInvestigation();
    const { graph } = parseInvestigation(textOf(uri) ?? '', 'investigation').investigation;
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.joinPath(uri, '..', graph.file));
    await until('the graph', () => customEditors('circuit.graph').at(0));
  });
});
