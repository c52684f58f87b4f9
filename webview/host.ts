/** The one connection of a page to the extension host. */

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** A request that the host could not carry out; `remedy` says what to do next. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

interface Answer {
  readonly type: string;
  readonly id: number;
  readonly value?: unknown;
  readonly message?: string;
  readonly remedy?: string;
}

type AnyRequest = { readonly method: string };

export interface Host<Message, Request extends AnyRequest, Replies> {
  post(message: Message): void;
  /** Rejects with `RefusedError`. */
  request<R extends Request>(request: R): Promise<Replies[R['method'] & keyof Replies]>;
  /** What the page kept for itself when it was last closed. */
  readonly state: unknown;
  keep(state: unknown): void;
}

/** Listens to the host: answers to requests go to whoever asked, all else to `receive`, as it came. Call it once. */
export function connectHost<Message, Request extends AnyRequest, Replies>(
  receive: (message: never) => void,
): Host<Message, Request, Replies> {
  const api = acquireVsCodeApi();
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  window.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    if (data.type === 'reply' || data.type === 'refused') answer(data);
    else receive(data as never);
  });
  window.addEventListener('error', ({ message, error }) => {
    api.postMessage({ type: 'problem', message, stack: error instanceof Error ? error.stack : undefined });
  });
  window.addEventListener('unhandledrejection', ({ reason }) => {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    api.postMessage({ type: 'problem', message: error.message, stack: error.stack });
  });
  return {
    post: message => api.postMessage(message),
    request: request =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        api.postMessage({ type: 'request', id, ...request });
      }),
    state: api.getState(),
    keep: state => api.setState(state),
  };

  function answer({ type, id, value, message, remedy }: Answer): void {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (type === 'reply') waiter?.resolve(value as never);
    else waiter?.reject(new RefusedError(message ?? 'The request failed.', remedy ?? ''));
  }
}
