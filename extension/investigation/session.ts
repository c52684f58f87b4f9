import { isDeepStrictEqual } from 'node:util';
import type { Investigation, InvestigationEdit } from '../../src/graph/investigation/types.ts';
import type { AttributionGraph, NodeId } from '../../src/graph/types.ts';
import type { FeatureFacts, HostMessage, PanelCommand, Snapshot } from '../../webview/protocol.ts';
import { Emitter } from '../common/emitter.ts';
import type { Failure } from '../common/failure.ts';
import { l10n } from '../common/texts.ts';
import type { GraphLibrary, LoadedGraph } from './graph-library.ts';
import { graphProblem, loadGraph } from './load-graph.ts';
import { placeholderGraph } from './placeholder-graph.ts';
import type { FindModel, Log } from './engine.ts';
import { makeSnapshot } from './snapshot.ts';
import { TextEditor, type EditableText } from './text-source.ts';
import { TextState } from './text-state.ts';

/** One webview that shows the session. */
export interface PanelPort {
  post(message: HostMessage): void;
}

export interface SessionOptions {
  /** The document's address, as text. */
  readonly id: string;
  readonly title: string;
  /** The folder that the investigation's references start from; undefined while it was never saved. */
  readonly folder: string | undefined;
  /** The investigation's text; absent for a graph file that is opened on its own. */
  readonly text?: EditableText;
  /** The graph file that is opened on its own. */
  readonly graphFile?: string;
  readonly library: GraphLibrary;
  readonly services: { readonly findModel: FindModel; readonly log: Log; readonly isTrusted?: () => boolean };
  /** Labels that people gave in other investigations of the workspace, by "layer/feature". */
  readonly labelsElsewhere: () => Readonly<Record<string, string>>;
}

/** What changed in a session. */
export type SessionChange = 'investigation' | 'graph' | 'selection' | 'pointed' | 'facts';

const NO_GRAPH: AttributionGraph = placeholderGraph({
  version: 1,
  prompt: '',
  graph: { file: '' },
  settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
  pinned: [],
  supernodes: [],
  annotations: [],
});

/**
 * An open investigation, or an open graph file: the text's last readable state, its graph, what is selected, and the
 * panels that show it. The text is the truth: edits change it, and what it says after any change, by whomever, is sent
 * to the panels. A graph that is missing or damaged is said in the notices; the rest works.
 */
export class Session {
  readonly id: string;
  readonly title: string;
  readonly folder: string | undefined;
  readonly readOnly: boolean;
  readonly changes = new Emitter<SessionChange>();
  readonly #options: SessionOptions;
  readonly #editor: TextEditor | undefined;
  readonly #panels = new Set<PanelPort>();
  readonly #state: TextState;
  #graph: LoadedGraph | undefined;
  #graphProblem: string | undefined;
  /** What failed of the work that a person asked for; it stays until it is tried again. */
  #workFailure: { readonly failure: Failure; readonly canRetry: boolean } | null = null;
  #facts: Readonly<Record<string, FeatureFacts>> = {};
  /** Those of the last snapshot. */
  #labelsElsewhere: Readonly<Record<string, string>> = {};
  #hasModel = false;
  #loading: Promise<void> = Promise.resolve();
  #disposed = new AbortController();
  selected: readonly NodeId[] = [];
  /** The token's column that the pointer or the focus is at. */
  pointed: number | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.title = options.title;
    this.folder = options.folder;
    this.readOnly = options.text === undefined;
    this.#editor = options.text === undefined ? undefined : new TextEditor(options.text);
    this.#state = new TextState(options.text);
    this.#loading = this.#loadGraph();
  }

  /** Null for a graph file on its own, and while the text cannot be read at all. */
  get investigation(): Investigation | null {
    return this.#state.investigation;
  }

  /** As wide as the file has it; what the investigation names, while the file is not there. */
  get graph(): AttributionGraph {
    if (this.#graph !== undefined) return this.#graph.graph;
    return this.investigation === null ? NO_GRAPH : placeholderGraph(this.investigation);
  }

  /** Where the graph was read from; undefined while there is none. */
  get graphFile(): Pick<LoadedGraph, 'path' | 'sha256'> | undefined {
    return this.#graph;
  }

  /** Where the graph should be: to be told when it comes. */
  get expectedGraphFile(): string | undefined {
    const { library, graphFile } = this.#options;
    const reference = this.investigation?.graph;
    if (graphFile !== undefined || reference === undefined || this.folder === undefined) return graphFile;
    return reference.file === '' ? undefined : library.placeBeside(reference, this.folder);
  }

  get hasModel(): boolean {
    return this.#hasModel;
  }

  /** False in a workspace that is not trusted: no model is loaded there. */
  get isTrusted(): boolean {
    return this.#options.services.isTrusted?.() ?? true;
  }

  get facts(): Readonly<Record<string, FeatureFacts>> {
    return this.#facts;
  }

  get notices(): readonly string[] {
    return [
      ...(this.#graphProblem === undefined ? [] : [this.#graphProblem]),
      ...this.#state.problems,
      ...(this.#graph?.notices ?? []),
    ];
  }

  /** Resolves when the graph that is being read has come, or could not. */
  get settled(): Promise<void> {
    return this.#loading;
  }

  get panelCount(): number {
    return this.#panels.size;
  }

  snapshot(): Snapshot {
    this.#labelsElsewhere = this.#options.labelsElsewhere();
    const snapshot = makeSnapshot({
      title: this.title,
      investigation: this.investigation,
      graph: this.graph,
      readOnly: this.readOnly,
      hasModel: this.#hasModel,
      isTrusted: this.isTrusted,
      notices: this.notices,
      labelsElsewhere: this.#labelsElsewhere,
    });
    return Object.keys(this.#facts).length === 0 ? snapshot : { ...snapshot, featureFacts: this.#facts };
  }

  /** Shows the session in a panel until the function that is given back is called. */
  attach(panel: PanelPort): () => void {
    this.#panels.add(panel);
    return () => void this.#panels.delete(panel);
  }

  /** Sends a panel all that there is: what it asks for when it listens. */
  async greet(panel: PanelPort): Promise<void> {
    await this.#loading;
    panel.post({ type: 'snapshot', snapshot: this.snapshot() });
    if (this.selected.length > 0) panel.post({ type: 'select', nodes: this.selected });
    const said = this.#failedMessage;
    if (said !== null) panel.post(said);
  }

  /** Errors: those of TextEditor; `usage` for a graph file on its own. */
  async edit(edit: InvestigationEdit): Promise<void> {
    if (this.#editor === undefined) throw readOnlyError();
    await this.#editor.edit(edit);
  }

  /** As `edit`, for a change that is not one of a person's edits. */
  async change(change: (investigation: Investigation) => Investigation): Promise<void> {
    if (this.#editor === undefined) throw readOnlyError();
    await this.#editor.change(change);
  }

  /** The text changed: by an edit, by undo, by a checkout. */
  async textChanged(): Promise<void> {
    const before = this.investigation;
    const hadFailure = this.#state.failure !== null;
    this.#state.read();
    const [{ file, sha256 }, old] = [this.investigation?.graph ?? { file: '' }, before?.graph];
    if (old?.file !== file || old.sha256 !== sha256) {
      await this.reloadGraph();
    } else if (hadFailure || this.#state.failure !== null || this.#graph === undefined || this.investigation === null) {
      // Without a graph the nodes come from the text; a message of the panel comes or must go.
      this.resend();
    } else {
      this.#post({ type: 'investigation', investigation: this.investigation });
    }
    this.changes.fire('investigation');
  }

  /** The graph's file changed, or another one is meant. */
  async reloadGraph(): Promise<void> {
    this.#loading = this.#loadGraph();
    await this.#loading;
    this.resend();
  }

  /** Another investigation of the workspace was written: panels are told if it gave features other names. */
  labelsMayDiffer(): void {
    if (!isDeepStrictEqual(this.#options.labelsElsewhere(), this.#labelsElsewhere)) this.resend();
  }

  /** What is not the investigation's text changed: the graph, labels of others, the model's presence. */
  resend(): void {
    this.#post({ type: 'snapshot', snapshot: this.snapshot() });
    // A snapshot takes a message away that still holds.
    const said = this.#failedMessage;
    if (said !== null) this.#post(said);
  }

  /** `by`: the panel that says so, which knows already. */
  select(nodes: readonly NodeId[], by?: PanelPort): void {
    this.selected = nodes;
    this.#post({ type: 'select', nodes }, by);
    this.changes.fire('selection');
  }

  point(position: number | null): void {
    this.pointed = position;
    this.changes.fire('pointed');
  }

  /** The cursor is in this token of the traced text. */
  showPosition(position: number | null): void {
    this.#post({ type: 'position', position });
  }

  showFacts(facts: Readonly<Record<string, FeatureFacts>>): void {
    this.#facts = facts;
    this.#post({ type: 'feature-facts', facts });
    this.changes.fire('facts');
  }

  command(command: PanelCommand): void {
    const [panel] = [...this.#panels].slice(-1);
    panel?.post({ type: 'command', command });
  }

  showBusy(text: string | null): void {
    if (text !== null) this.#workFailure = null;
    this.#post({ type: 'busy', text });
  }

  /** Also for panels that are shown later. */
  showFailure(failure: Failure, canRetry: boolean): void {
    this.#workFailure = { failure, canRetry };
    const said = this.#failedMessage;
    if (said !== null) this.#post(said);
  }

  /** Called once, when the last panel of the session was closed. */
  onDispose(then: () => void): void {
    this.#disposed.signal.addEventListener('abort', then, { once: true });
  }

  dispose(): void {
    this.#disposed.abort();
    this.#panels.clear();
    this.changes.clear();
  }

  #post(message: HostMessage, except?: PanelPort): void {
    for (const panel of this.#panels) if (panel !== except) panel.post(message);
  }

  get #failedMessage(): HostMessage | null {
    if (this.#state.failure !== null) return failed(this.#state.failure, { action: openAsText() });
    const work = this.#workFailure;
    return work === null ? null : failed(work.failure, { canRetry: work.canRetry });
  }

  async #loadGraph(): Promise<void> {
    const { library, services, graphFile } = this.#options;
    const wanted = this.investigation;
    const { graph, problem } = await loadGraph(library, wanted?.graph, this.folder, graphFile, this.#disposed.signal);
    if (this.#disposed.signal.aborted || wanted?.graph.file !== this.investigation?.graph.file) return;
    this.#graph = graph;
    this.#graphProblem = problem ?? (graph && graphProblem(graph, wanted?.graph));
    if (this.#graphProblem !== undefined) services.log.warn(`${this.title}: ${this.#graphProblem}`);
    const trace = graph?.graph.metadata.trace;
    const [model, dictionary] = [wanted?.model ?? trace?.model, wanted?.dictionary ?? trace?.dictionary];
    this.#hasModel = (await services.findModel(model, dictionary).catch(() => undefined)) !== undefined;
    this.changes.fire('graph');
  }
}

/** What a person can do about a text that cannot be read. */
const openAsText = () => ({ title: l10n.t('Open as Text'), command: 'circuit.openAsText' });

function failed(
  { message, remedy }: Failure,
  { canRetry = false, action }: { readonly canRetry?: boolean; readonly action?: ReturnType<typeof openAsText> },
): HostMessage {
  return { type: 'failed', message, remedy, canRetry, ...(action === undefined ? {} : { action }) };
}

function readOnlyError(): Error & { remedy: string } {
  return Object.assign(new Error(l10n.t('A graph file on its own cannot be annotated.')), {
    code: 'usage',
    remedy: l10n.t('Start an investigation with it.'),
  });
}
