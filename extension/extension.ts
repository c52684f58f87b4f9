import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { ModelChoice } from '../src/engine/protocol.ts';
import { setTranslations } from './common/texts.ts';
import { EngineClient } from './engine/engine-client.ts';
import type { OpenSessions } from './investigation/open-sessions.ts';
import { registerInvestigations } from './investigation/register.ts';
import { mayLoadModels, offerRetry } from './messages.ts';
import { KnownModels } from './model/known-models.ts';
import type { Services } from './services.ts';
import { chosenModel, idleMinutes } from './settings.ts';
import { StatusBar } from './status-bar.ts';
import { InvestigationStorage } from './storage.ts';
import { TextLink } from './text-link/text-link.ts';
import { retarget, retry } from './trace/retarget.ts';
import { TraceService } from './trace/trace-service.ts';

/**
 * The composition root: makes every part and connects them. Nothing is loaded or started before it is used; the engine's
 * process, and with it ONNX Runtime, starts with the first request. Tests inside the host get the parts to look at; nobody
 * else does.
 */
export function activate(context: vscode.ExtensionContext): Services | undefined {
  setTranslations(vscode.l10n.t);
  const log = vscode.window.createOutputChannel('Circuit Explorer', { log: true });
  const engine = new EngineClient({
    entry: context.asAbsolutePath('dist/engine.js'),
    log,
    idleMinutes,
  });
  const folder = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'investigations').fsPath;
  const storage = new InvestigationStorage(folder);
  const models = new KnownModels(context.globalState, embeddedIdentity(context), isThere);
  const traces = new TraceService(engine, storage, models);
  const statusBar = new StatusBar(watcher => engine.watch(watcher));

  const findModel: Services['findModel'] = (model, dictionary) =>
    Promise.resolve(withEngineSettings(models.find(model, dictionary)));

  const investigations = registerInvestigations({
    engine,
    log,
    graphFolder: folder,
    extensionFolder: context.extensionPath,
    findModel,
    isTrusted: () => vscode.workspace.isTrusted,
    retarget: (session, target) => retarget(services, session, target),
    retry: session => retry(services, session),
  });
  const textLink = new TextLink(investigations.sessions);

  const services: Services = {
    context,
    log,
    engine,
    storage,
    graphs: investigations.library,
    sessions: investigations.sessions,
    models,
    findModel,
    traces,
    statusBar,
    textLink,
    openInvestigation,
    mayLoadModels,
    offerRetry: (error, what, own) => offerRetry(error, what, log, own),
  };

  context.subscriptions.push(
    log,
    statusBar,
    textLink,
    investigations,
    { dispose: () => engine.dispose() },
    // What was opened before may use its model now.
    vscode.workspace.onDidGrantWorkspaceTrust(() => findModelsOf(investigations.sessions)),
    new vscode.Disposable(models.changed.on(() => findModelsOf(investigations.sessions))),
    ...commands(services),
  );
  return context.extensionMode === vscode.ExtensionMode.Test ? services : undefined;
}

function findModelsOf(sessions: OpenSessions): void {
  for (const session of sessions.all) if (!session.hasModel) void session.reloadGraph();
}

function commands(services: Services): vscode.Disposable[] {
  const { log, engine } = services;
  const run: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
    'circuit.trace': async () => (await import('./trace/trace-commands.ts')).traceSelection(services),
    'circuit.traceWithOptions': async () =>
      (await import('./trace/trace-commands.ts')).traceSelectionWithOptions(services),
    'circuit.chooseModel': async () => (await import('./model/choose-model.ts')).chooseModel(services),
    'circuit.importModel': async () => (await import('./model/import-model.ts')).importModel(services),
    'circuit.feature.intervene': async (...args: readonly unknown[]) =>
      (await import('./intervention/intervene.ts')).interveneOnFeatures(services, args),
    'circuit.openSamples': () => openSamples(services.context),
    'circuit.openWalkthrough': () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${services.context.extension.id}#start`),
    'circuit.showLog': () => log.show(),
    'circuit.restartEngine': () => engine.restart(),
  };
  return Object.entries(run).map(([id, handler]) => vscode.commands.registerCommand(id, handler));
}

/** The sample prompts as a text of its own, which nothing is lost of when it is changed. */
async function openSamples(context: vscode.ExtensionContext): Promise<void> {
  const file = vscode.Uri.joinPath(context.extensionUri, 'media', 'sample-workspace', 'prompts.md');
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
}

/** Beside the text; where a graph is active, as after the first of several prompts, in a tab of its own beside that. */
async function openInvestigation(investigation: vscode.Uri): Promise<void> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isGraph = input instanceof vscode.TabInputCustom && input.viewType.startsWith('circuit.');
  await vscode.commands.executeCommand('vscode.openWith', investigation, 'circuit.investigation', {
    viewColumn: isGraph ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside,
    preview: false,
  });
}

/** A model that was found is opened with what the settings say of the engine. */
function withEngineSettings(folders: Pick<ModelChoice, 'model' | 'dictionary'> | undefined): ModelChoice | undefined {
  if (folders === undefined || !vscode.workspace.isTrusted) return undefined;
  const { provider, threads } = chosenModel();
  return {
    ...folders,
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** A hub id cannot be looked for without the cache: it counts as there. */
function isThere(folder: string): boolean {
  return !isAbsolute(folder) || existsSync(folder);
}

/** The hashes of the embedded pair, which the build wrote; undefined where the program was built without it. */
function embeddedIdentity(context: vscode.ExtensionContext): { model: string; dictionary: string } | undefined {
  try {
    const text = readFileSync(context.asAbsolutePath('dist/embedded.json'), 'utf8');
    return JSON.parse(text) as { model: string; dictionary: string };
  } catch {
    return undefined;
  }
}
