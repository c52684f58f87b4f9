import { basename, dirname, relative, sep } from 'node:path';
import {
  traceAttribution,
  type ModelChoice,
  type ProgressReport,
  type TraceResult,
} from '../../src/engine/protocol.ts';
import { INVESTIGATION_VERSION, type Investigation, type TraceSettings } from '../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../src/graph/investigation/write.ts';
import { slugOf } from '../../src/graph/slug.ts';
import type { Engine } from '../investigation/engine.ts';
import type { KnownModels } from '../model/known-models.ts';
import type { InvestigationPlace, InvestigationStorage } from '../storage.ts';

/** What is to be traced. */
export interface TraceOrder {
  readonly prompt: string;
  readonly choice: ModelChoice;
  readonly settings: TraceSettings;
  /** The file that the prompt stands in, and the offset of its first character there. */
  readonly source?: { readonly file: string; readonly start: number };
}

export interface TracedInvestigation extends InvestigationPlace {
  readonly result: TraceResult;
}

export interface TraceTask {
  readonly signal?: AbortSignal;
  readonly progress?: (report: ProgressReport) => void;
}

/** Has prompts traced and keeps what comes of them in the extension's storage. Free of the editor's API. */
export class TraceService {
  readonly #engine: Engine;
  readonly #storage: InvestigationStorage;
  readonly #models: KnownModels;

  constructor(engine: Engine, storage: InvestigationStorage, models: KnownModels) {
    this.#engine = engine;
    this.#storage = storage;
    this.#models = models;
  }

  /** Traces a prompt as a new investigation. Errors: EngineError, `file-write`. */
  async traceNew(order: TraceOrder, task: TraceTask = {}): Promise<TracedInvestigation> {
    const graph = await this.#storage.newGraph(order.prompt);
    const result = await this.traceTo(graph, order, task);
    const text = writeInvestigation(newInvestigation(order, graph, result));
    return { investigation: await this.#storage.add(slugOf(order.prompt), text), graph, result };
  }

  /** Traces a prompt into a graph file. Errors: EngineError. */
  async traceTo(out: string, order: TraceOrder, task: TraceTask = {}): Promise<TraceResult> {
    const { choice, prompt, settings } = order;
    const { specialAsText = false, chat = false } = settings;
    const request = { ...choice, prompt, specialAsText, chat, settings, out };
    const result = await this.#engine.request(traceAttribution, request, task);
    await this.#models.remember(result, choice);
    return result;
  }
}

/** The investigation of a prompt that was just traced: nothing is pinned or named yet. */
function newInvestigation(
  { prompt, settings, source }: TraceOrder,
  graph: string,
  { graphSha256, model, dictionary }: TraceResult,
): Investigation {
  // Beside its graph.
  const folder = dirname(graph);
  return {
    version: INVESTIGATION_VERSION,
    prompt,
    graph: { file: basename(graph), sha256: graphSha256 },
    model,
    ...(dictionary === undefined ? {} : { dictionary }),
    ...(source === undefined ? {} : { source: { file: slashed(relative(folder, source.file)), start: source.start } }),
    settings,
    pinned: [],
    supernodes: [],
    annotations: [],
  };
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
