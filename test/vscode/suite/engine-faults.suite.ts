import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { retarget, retry } from '../../../extension/trace/retarget.ts';
import { featureCards } from '../../../src/engine/protocol.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { answering } from './answers.ts';
import { documentOf, services, sessionOf } from './investigations.ts';
import { closeAll, customEditors, DALLAS, engineProcesses, showPrompts, textOf, until } from './support.ts';

async function traced(): Promise<vscode.Uri> {
  return until('an investigation', () => customEditors('circuit.investigation').find(uri => textOf(uri) !== undefined));
}

/** Kills the engine when it works; a running one is stopped before, so that it cannot be done too soon. */
async function killedDuring(work: () => PromiseLike<unknown>): Promise<void> {
  const { engine } = await services();
  if (engine.pid !== undefined) process.kill(engine.pid, 'SIGSTOP');
  const done = work();
  await until('work of the engine', () => (engine.state.requests > 0 && engine.pid !== undefined ? true : undefined));
  process.kill(engine.pid ?? 0, 'SIGKILL');
  await done;
}

describe('the engine is killed', () => {
  afterEach(closeAll);

  it('during a trace: an error, and Retry traces', async () => {
    await (await services()).engine.restart();
    await showPrompts(0);
    const asked = await answering({ buttons: ['Retry'] }, () =>
      killedDuring(() => vscode.commands.executeCommand('circuit.trace')),
    );
    assert.equal(asked.errors.length, 1);
    assert.match(asked.errors[0], /could not be traced.*SIGKILL.*while it was working/);
    const uri = await traced();
    assert.equal(parseInvestigation(textOf(uri) ?? '', 'it').investigation.prompt, DALLAS);
  });

  it('while a feature index is read: the request fails by name, the investigation is intact, the next one works', async () => {
    await showPrompts(0);
    await vscode.commands.executeCommand('circuit.trace');
    const session = await sessionOf(await traced());
    const before = session.investigation;
    const { engine: client } = await services();
    const { layer, feature } = session.graph.nodes.find(({ kind }) => kind === 'feature')!;
    const request = { features: [[layer, feature!]] as const };
    await killedDuring(() => assert.rejects(client.request(featureCards, request), { code: 'ended' }));
    assert.deepEqual(session.investigation, before);
    const [card] = await client.request(featureCards, request);
    assert.notEqual(card.record, null);
  });

  it('while a retarget runs and the investigation is saved: both files are whole, Retry retargets', async () => {
    await showPrompts(0);
    await vscode.commands.executeCommand('circuit.trace');
    const uri = await traced();
    const session = await sessionOf(uri);
    const document = await documentOf(uri);
    await session.edit({ kind: 'notes', text: 'kept' });
    const { graph } = session.investigation!;
    const target = '" Texas"';
    await answering({}, async () => {
      const all = await services();
      await killedDuring(() => Promise.all([retarget(all, session, target), document.save()]));
    });
    const saved = parseInvestigation(await readFile(uri.fsPath, 'utf8'), 'it').investigation;
    assert.deepEqual([saved.notes, saved.graph], ['kept', graph]);
    assert.deepEqual(session.notices, []);
    assert.ok(session.graph.nodes.length > 0);
    assert.deepEqual(engineProcesses(), []);
    await retry(await services(), session);
    await until('the other target', () => (session.investigation?.settings.target === '" Texas"' ? true : undefined));
    assert.equal(session.investigation?.notes, 'kept');
  });
});
