import { Emitter } from '../common/emitter.ts';
import type { Session } from './session.ts';

/** The sessions that are open, and the one that the sidebar is about: the one that was looked at last. */
export class OpenSessions {
  readonly #sessions = new Map<string, Session>();
  readonly activeChanged = new Emitter<Session | undefined>();
  /** A session was opened or closed. */
  readonly changed = new Emitter<Session>();
  #active: Session | undefined;

  get active(): Session | undefined {
    return this.#active;
  }

  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
    this.changed.fire(session);
  }

  remove(session: Session): void {
    if (this.#sessions.get(session.id) !== session) return;
    this.#sessions.delete(session.id);
    if (this.#active === session) this.activate([...this.#sessions.values()].at(-1));
    this.changed.fire(session);
  }

  activate(session: Session | undefined): void {
    if (session === this.#active) return;
    this.#active = session;
    this.activeChanged.fire(session);
  }
}
