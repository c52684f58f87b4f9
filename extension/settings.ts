import * as vscode from 'vscode';
import type { ModelChoice } from '../src/engine/protocol.ts';
import type { TraceSettings } from '../src/graph/investigation/types.ts';

/** The model and dictionary that the settings name; none of both means the embedded pair. */
export function chosenModel(): ModelChoice {
  const settings = vscode.workspace.getConfiguration('circuit');
  const [model, dictionary] = [textOf(settings, 'model'), textOf(settings, 'dictionary')];
  const threads = settings.get<number>('threads', 0);
  return {
    ...(model === undefined ? {} : { model }),
    ...(dictionary === undefined ? {} : { dictionary }),
    provider: settings.get<string>('provider', 'auto'),
    ...(threads > 0 ? { threads } : {}),
  };
}

/** The engine's own (src/trace/trace-prompt.ts), which package.json repeats; an investigation leaves them out. */
export const DEFAULTS = { maxFeatureNodes: 7500, maxLogits: 10, logitProbability: 0.95 } as const;

/** True where a model is named without a dictionary: prompts are traced in the basis of its own neurons. */
export function isNeuronBasis({ model, dictionary }: ModelChoice): boolean {
  return model !== undefined && dictionary === undefined;
}

/** Keeps a choice: for the workspace where one is open, so that projects keep their own. */
export async function keepSetting(name: string, value: string | undefined): Promise<void> {
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration('circuit').update(name, value, target);
}

/** How a new graph is traced and shown, for a text of `resource`. */
export function traceSettings(resource: vscode.Uri | undefined): TraceSettings {
  const settings = vscode.workspace.getConfiguration('circuit', resource);
  const own = Object.entries(DEFAULTS)
    .map(([name, value]) => [name, settings.get<number>(name, value), value] as const)
    .filter(([, chosen, value]) => chosen !== value);
  return {
    ...(Object.fromEntries(own) as Partial<typeof DEFAULTS>),
    nodeThreshold: settings.get('nodeThreshold', 0.8),
    edgeThreshold: settings.get('edgeThreshold', 0.98),
  };
}

export function idleMinutes(): number {
  return vscode.workspace.getConfiguration('circuit').get('engine.idleMinutes', 10);
}

function textOf(settings: vscode.WorkspaceConfiguration, name: string): string | undefined {
  const value = settings.get<string>(name, '').trim();
  return value === '' ? undefined : value;
}
