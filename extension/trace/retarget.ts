import * as vscode from 'vscode';
import { basename } from 'node:path';
import type { TraceSettings } from '../../src/graph/investigation/types.ts';
import type { Session } from '../investigation/session.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { Services } from '../services.ts';
import { withProgress } from './with-progress.ts';
import { failureOf } from '../common/failure.ts';

/** What failed last for a session, to be tried again. */
const failed = new WeakMap<Session, string | null>();

/**
 * Traces the prompt of an investigation for another target. The new graph takes the old one's place in one change that
 * can be undone; what was pinned, grouped and named stays.
 */
export async function retarget(services: Services, session: Session, target: string | null): Promise<void> {
  const { investigation } = session;
  if (investigation === null || !(await services.mayLoadModels())) return;
  failed.delete(session);
  session.showBusy(vscode.l10n.t('Tracing …'));
  try {
    const choice = await modelOf(session, services);
    const settings = withTarget(investigation.settings, target);
    const graph = await services.storage.newGraph(investigation.prompt);
    const order = { prompt: investigation.prompt, choice, settings };
    const title = vscode.l10n.t('Tracing for another target');
    const result = await withProgress(title, task => services.traces.traceTo(graph, order, task));
    services.graphs.remember(result.graphSha256, graph);
    const reference = { file: basename(graph), sha256: result.graphSha256 };
    await session.change(current => ({ ...current, settings, graph: reference }));
  } catch (error) {
    const failure = failureOf(error);
    if (failure.isCancellation) return;
    failed.set(session, target);
    services.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    session.showFailure(failure, true);
  } finally {
    session.showBusy(null);
  }
}

function withTarget(settings: TraceSettings, target: string | null): TraceSettings {
  const fields = Object.entries(settings).filter(([name]) => name !== 'target');
  const kept = Object.fromEntries(fields) as unknown as TraceSettings;
  return target === null ? kept : { ...kept, target };
}

/** Repeats what failed last; nothing if nothing did. */
export async function retry(services: Services, session: Session): Promise<void> {
  const target = failed.get(session);
  if (target !== undefined) await retarget(services, session, target);
  else await session.reloadGraph();
}
