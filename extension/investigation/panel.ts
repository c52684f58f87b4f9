import { featureActivations, featureCards } from '../../src/engine/protocol.ts';
import type { PanelMessage, PanelReplies, PanelRequest } from '../../webview/protocol.ts';
import { failureOf } from '../common/failure.ts';
import { loadFacts } from './feature-facts.ts';
import { readPanelMessage, requestId } from './panel-messages.ts';
import type { InvestigationServices } from './services.ts';
import { modelOf } from './model-of.ts';
import type { PanelPort, Session } from './session.ts';
import { l10n } from '../common/texts.ts';

/** What a panel asks of the editor around it. */
export interface PanelWindow {
  /** Asks where, and writes; resolves without a word if the person changes their mind. */
  saveImage(session: Session, kind: 'svg' | 'png', content: string | Uint8Array): Promise<void>;
  /** Opens what was dropped on a panel: graph files and investigations by their addresses. */
  openFiles(uris: readonly string[]): Promise<void>;
  /** The same for a graph file that came from outside the editor. */
  openContent(name: string, content: Uint8Array): Promise<void>;
  /** Runs one of this program's commands. */
  run(command: string): Promise<void>;
  showFailure(message: string, remedy: string): void;
}

export type PanelServices = Pick<InvestigationServices, 'engine' | 'log' | 'findModel' | 'retarget' | 'retry'>;

/** The host's side of one panel: it takes the panel's messages, and every request gets an answer. */
export class PanelHost {
  readonly #session: Session;
  readonly #port: PanelPort;
  readonly #services: PanelServices;
  readonly #window: PanelWindow;
  readonly #closed = new AbortController();

  constructor(session: Session, port: PanelPort, services: PanelServices, window: PanelWindow) {
    this.#session = session;
    this.#port = port;
    this.#services = services;
    this.#window = window;
  }

  /** Requests that are under way are given up. */
  dispose(): void {
    this.#closed.abort();
  }

  async receive(value: unknown): Promise<void> {
    const message = readPanelMessage(value);
    if (message === undefined) {
      this.#services.log.warn(
        `A message of the graph's page is not understood: ${JSON.stringify(value).slice(0, 200)}`,
      );
      const id = requestId(value);
      if (id !== undefined)
        this.#port.post({ type: 'refused', id, message: l10n.t('The request is not understood.'), remedy: '' });
      return;
    }
    if (message.type === 'request') return this.#answer(message);
    try {
      await this.#take(message);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.isCancellation) return;
      this.#services.log.error(`${this.#session.title}: ${describe(error)}`);
      this.#window.showFailure(failure.message, failure.remedy);
      // What the panel shows may be ahead of the text.
      if (message.type === 'edit') this.#port.post({ type: 'snapshot', snapshot: this.#session.snapshot() });
    }
  }

  async #take(message: Exclude<PanelMessage, { type: 'request' }>): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#session.greet(this.#port);
      case 'edit':
        return this.#session.edit(message.edit);
      case 'selected':
        this.#session.select(message.nodes, this.#port);
        return;
      case 'pointed':
        this.#session.point(message.position);
        return;
      case 'retry':
        return this.#services.retry(this.#session);
      case 'run':
        return this.#window.run(message.command);
      case 'problem':
        this.#services.log.error(`The graph's page: ${message.message}\n${message.stack ?? ''}`);
        return;
    }
  }

  async #answer(request: PanelRequest & { readonly id: number }): Promise<void> {
    const { id } = request;
    try {
      this.#port.post({ type: 'reply', id, value: await this.#carryOut(request) });
    } catch (error) {
      const { message, remedy, isCancellation } = failureOf(error);
      if (!isCancellation) this.#services.log.warn(`${request.method}: ${describe(error)}`);
      this.#port.post({ type: 'refused', id, message, remedy });
    }
  }

  async #carryOut(request: PanelRequest): Promise<PanelReplies[keyof PanelReplies]> {
    const task = { signal: this.#closed.signal };
    switch (request.method) {
      case 'card': {
        const { layer, feature } = request;
        const choice = await modelOf(this.#session, this.#services);
        const [card] = await this.#services.engine.request(
          featureCards,
          { ...choice, features: [[layer, feature]] },
          task,
        );
        void loadFacts(this.#session, this.#services);
        return card;
      }
      case 'activations':
        return activations(this.#session, this.#services, request, task.signal);
      case 'retarget':
        await this.#services.retarget(this.#session, request.target);
        return null;
      case 'save-image':
        await this.#window.saveImage(this.#session, request.kind, request.content);
        return null;
      case 'facts':
        if (this.#session.hasModel) await loadFacts(this.#session, this.#services);
        return null;
      case 'open-files':
        await this.#window.openFiles(request.uris);
        return null;
      case 'open-content':
        await this.#window.openContent(request.name, request.content);
        return null;
    }
  }
}

/** Activations of a feature on a person's own text. */
export async function activations(
  session: Session,
  services: PanelServices,
  { layer, feature, text }: { readonly layer: number; readonly feature: number; readonly text: string },
  signal: AbortSignal,
): Promise<PanelReplies['activations']> {
  const choice = await modelOf(session, services);
  return services.engine.request(featureActivations, { ...choice, layer, feature, prompt: text }, { signal });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
