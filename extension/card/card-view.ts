import * as vscode from 'vscode';
import type { FeatureCardData } from '../../src/engine/protocol.ts';
import type { AnnotationElsewhere, CardHostMessage, CardMessage } from '../../webview/card-protocol.ts';
import { CARD_TEXTS } from '../../webview/card/texts.ts';
import { failureOf } from '../common/failure.ts';
import { pageTexts } from '../common/page-texts.ts';
import type { OpenSessions } from '../investigation/open-sessions.ts';
import { pageHtml } from '../investigation/panel-html.ts';
import { requestId } from '../investigation/panel-messages.ts';
import { activations, type PanelWindow } from '../investigation/panel.ts';
import type { InvestigationServices } from '../investigation/services.ts';
import type { Session, SessionChange } from '../investigation/session.ts';
import { readCardMessage } from './card-messages.ts';
import { CardLoader } from './card-loader.ts';
import { featureCard, selectedFeature } from './feature-card.ts';

export interface CardParts {
  readonly services: InvestigationServices;
  readonly sessions: OpenSessions;
  readonly window: PanelWindow;
  /** What other investigations say of the features of this one, by "layer/feature". */
  readonly elsewhere: (session: Session) => ReadonlyMap<string, readonly AnnotationElsewhere[]>;
  readonly labelsElsewhere: (id: string) => Readonly<Record<string, string>>;
}

type Feature = NonNullable<ReturnType<typeof selectedFeature>>;

/** The host's side of the feature card in the sidebar: it follows what is selected in the active graph. */
export class CardView implements vscode.WebviewViewProvider {
  readonly #parts: CardParts;
  #view: vscode.WebviewView | undefined;
  #isReady = false;
  #shown: Feature | undefined;
  readonly #cards: CardLoader;
  #closed = new AbortController();
  #canImproveLabel = false;
  /** What is to be said when the page listens. */
  #waiting: CardHostMessage[] = [];

  constructor(parts: CardParts) {
    this.#parts = parts;
    this.#cards = new CardLoader(parts.services);
  }

  /** Follows the sessions until disposed of. */
  follow(): vscode.Disposable {
    const { sessions } = this.#parts;
    let stop: (() => void) | undefined;
    const listen = (session: Session | undefined): void => {
      stop?.();
      stop = session?.changes.on(change => this.#sessionChanged(change));
      this.#cards.follow(session);
      void this.update();
    };
    const unlisten = sessions.activeChanged.on(listen);
    listen(sessions.active);
    const models = vscode.lm.onDidChangeChatModels(() => void this.#lookForLanguageModels());
    return new vscode.Disposable(() => {
      stop?.();
      unlisten();
      models.dispose();
    });
  }

  async #lookForLanguageModels(): Promise<void> {
    if (this.#view === undefined) return;
    this.#canImproveLabel = (await vscode.lm.selectChatModels()).length > 0;
    await this.update();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const { services } = this.#parts;
    const dist = vscode.Uri.joinPath(vscode.Uri.file(services.extensionFolder), 'dist', 'webview');
    this.#view = view;
    this.#isReady = false;
    this.#closed = new AbortController();
    view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    view.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message));
    view.onDidChangeVisibility(() => void this.update());
    view.onDidDispose(() => {
      this.#view = undefined;
      this.#isReady = false;
      this.#closed.abort();
    });
    const file = (name: string): string => view.webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
    view.webview.html = pageHtml({
      title: vscode.l10n.t('Feature Card'),
      script: file('card.js'),
      style: file('card.css'),
      cspSource: view.webview.cspSource,
      language: vscode.env.language,
      texts: pageTexts(CARD_TEXTS),
    });
    void this.#lookForLanguageModels();
  }

  /** Shows the card, with the cursor in the label or at the text to be tested. */
  async focus(message?: CardHostMessage): Promise<void> {
    await vscode.commands.executeCommand('circuit.card.focus');
    await this.update();
    if (message === undefined) return;
    if (this.#isReady) this.#post(message);
    else this.#waiting.push(message);
  }

  /** Sends the whole card anew; asks the engine for what is not known yet. */
  async update(): Promise<void> {
    if (!this.#isReady || this.#view?.visible !== true) return;
    const session = this.#parts.sessions.active;
    const feature = session && (selectedFeature(session) ?? this.#stillThere(session));
    this.#shown = feature;
    if (session === undefined || feature === undefined) {
      const ofNeurons = session?.graph.metadata.settings?.basis === 'neurons';
      this.#post({ type: 'show', card: null, ofNeurons });
      return;
    }
    const known = this.#cards.get(feature);
    const isAsked = known === undefined && session.hasModel;
    this.#show(session, feature, known ?? null, isAsked);
    if (!isAsked) return;
    await this.#cards.load(feature, this.#closed.signal, data => {
      if (this.#isShown(feature)) this.#show(session, feature, data, false);
    });
  }

  #isShown({ layer, feature }: Feature): boolean {
    return this.#isReady && this.#shown?.layer === layer && this.#shown.feature === feature;
  }

  #sessionChanged(change: SessionChange): void {
    if (change === 'selection') this.#cards.forgetProblems();
    if (change !== 'pointed') void this.update();
  }

  /** The feature that was shown stays while nothing else is selected. */
  #stillThere({ graph, selected }: Session): Feature | undefined {
    const shown = this.#shown;
    if (shown === undefined || selected.length > 0) return undefined;
    return graph.nodes.some(({ layer, feature }) => layer === shown.layer && feature === shown.feature)
      ? shown
      : undefined;
  }

  #show(session: Session, { layer, feature }: Feature, data: FeatureCardData | null, loading: boolean): void {
    const { elsewhere, labelsElsewhere } = this.#parts;
    const source = {
      session,
      labelsElsewhere: labelsElsewhere(session.id),
      elsewhere: elsewhere(session).get(`${layer}/${feature}`) ?? [],
      data,
      loading,
      canImproveLabel: this.#canImproveLabel && !session.readOnly,
    };
    this.#post({ type: 'show', card: featureCard(source, layer, feature) });
  }

  #post(message: CardHostMessage): void {
    void this.#view?.webview.postMessage(message);
  }

  async #receive(value: unknown): Promise<void> {
    const { services, sessions, window } = this.#parts;
    const message = readCardMessage(value);
    const id = requestId(value);
    if (message === undefined) {
      services.log.warn(`A message of the card's page is not understood: ${JSON.stringify(value).slice(0, 200)}`);
      if (id !== undefined)
        this.#post({ type: 'refused', id, message: vscode.l10n.t('The request is not understood.'), remedy: '' });
      return;
    }
    try {
      const session = sessions.active;
      if (message.type === 'ready') await this.#greet();
      else if (message.type === 'retry') await this.#retry();
      else if (message.type === 'problem')
        services.log.error(`The card's page: ${message.message}\n${message.stack ?? ''}`);
      else if (session !== undefined) await this.#take(session, message);
    } catch (error) {
      const failure = failureOf(error);
      if (id !== undefined) this.#post({ type: 'refused', id, message: failure.message, remedy: failure.remedy });
      else if (!failure.isCancellation) window.showFailure(failure.message, failure.remedy);
      // The page may be ahead of the text.
      if (message.type === 'edit') void this.update();
    }
  }

  async #retry(): Promise<void> {
    this.#cards.forgetProblems();
    await this.update();
  }

  async #greet(): Promise<void> {
    this.#isReady = true;
    await this.update();
    for (const message of this.#waiting.splice(0)) this.#post(message);
  }

  async #take(session: Session, message: Exclude<CardMessage, { type: 'ready' | 'retry' | 'problem' }>): Promise<void> {
    const { services, window } = this.#parts;
    switch (message.type) {
      case 'edit':
        return session.edit(message.edit);
      case 'select':
        session.select([message.node]);
        return;
      case 'run':
        return window.run(message.command);
      case 'request': {
        const value = await activations(session, services, message, this.#closed.signal);
        this.#post({ type: 'reply', id: message.id, value });
      }
    }
  }
}
