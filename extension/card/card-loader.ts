import { featureCards, type FeatureCardData } from '../../src/engine/protocol.ts';
import { failureOf } from '../common/failure.ts';
import { loadFacts } from '../investigation/feature-facts.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { InvestigationServices } from '../investigation/services.ts';
import type { Session } from '../investigation/session.ts';

interface Feature {
  readonly layer: number;
  readonly feature: number;
}

/** Cards that are kept: as many as a person goes back and forth between. */
const MOST = 64;

/** What the engine says of the features of one session after the other, fetched once. */
export class CardLoader {
  readonly #services: Pick<InvestigationServices, 'engine' | 'log' | 'findModel'>;
  /** Least recently used first. */
  readonly #cards = new Map<string, FeatureCardData>();
  readonly #begun = new Set<string>();
  #session: Session | undefined;

  constructor(services: Pick<InvestigationServices, 'engine' | 'log' | 'findModel'>) {
    this.#services = services;
  }

  /** Forgets all of another session: its model may be another. */
  follow(session: Session | undefined): void {
    this.#session = session;
    this.#cards.clear();
    this.#begun.clear();
  }

  get(feature: Feature): FeatureCardData | undefined {
    const key = keyOf(feature);
    const card = this.#cards.get(key);
    if (card === undefined) return undefined;
    this.#cards.delete(key);
    this.#cards.set(key, card);
    return card;
  }

  /** What could not be had is asked for again. */
  forgetProblems(): void {
    for (const [key, { problem }] of this.#cards) if (problem !== undefined) this.#cards.delete(key);
  }

  /**
   * Fetches what the index says of a feature, which is a moment's work, and then the weights of the tokens that it
   * promotes; `came` is called after each. Nothing happens while it is being fetched already.
   */
  async load(feature: Feature, signal: AbortSignal, came: (card: FeatureCardData) => void): Promise<void> {
    const session = this.#session;
    const key = keyOf(feature);
    if (session === undefined || this.#begun.has(key)) return;
    this.#begun.add(key);
    for (const logits of [undefined, 'always'] as const) {
      const card = await this.#ask(session, feature, logits, signal);
      if (this.#session !== session) return;
      if (card === undefined) break;
      // What came before stays, with what went wrong afterwards.
      const before = this.#cards.get(key);
      const shown = card.problem === undefined ? card : { ...card, ...before, problem: card.problem };
      this.#keep(key, shown);
      came(shown);
      if (card.problem !== undefined) break;
    }
    this.#begun.delete(key);
    void loadFacts(session, this.#services);
  }

  #keep(key: string, card: FeatureCardData): void {
    this.#cards.delete(key);
    this.#cards.set(key, card);
    const [oldest] = this.#cards.keys();
    if (this.#cards.size > MOST) this.#cards.delete(oldest);
  }

  /** Undefined if it was cancelled; what went wrong is said in the card's place. */
  async #ask(
    session: Session,
    { layer, feature }: Feature,
    logits: 'always' | undefined,
    signal: AbortSignal,
  ): Promise<FeatureCardData | undefined> {
    try {
      const choice = await modelOf(session, this.#services);
      const request = { ...choice, features: [[layer, feature]] as const, ...(logits === undefined ? {} : { logits }) };
      const [card] = await this.#services.engine.request(featureCards, request, { signal });
      return card;
    } catch (error) {
      const { message, remedy, isCancellation } = failureOf(error);
      if (isCancellation) return undefined;
      this.#services.log.warn(`Feature ${layer}/${feature}: ${message}`);
      return { layer, feature, record: null, topLogits: [], bottomLogits: [], problem: `${message} ${remedy}`.trim() };
    }
  }
}

function keyOf({ layer, feature }: Feature): string {
  return `${layer}/${feature}`;
}
