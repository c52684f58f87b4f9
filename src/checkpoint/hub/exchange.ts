import type { Task } from '../../task.ts';
import { CircuitError } from '../../errors.ts';
import type { HubSettings } from './environment.ts';
import { failureOfAnswer, offline, type Subject } from './failures.ts';
import { fetchThrough } from './proxied-fetch.ts';
import { persist } from './retries.ts';
import { Watch } from './watch.ts';

/** An answer with a status of 200 to 299, or of 416 where a range was asked for. */
export interface Answer {
  readonly status: number;
  /** Of the machine that sends the bytes. */
  readonly headers: Headers;
  /** Of the hub itself, before it redirected to that machine; the same headers where it did not. */
  readonly hubHeaders: Headers;
  /** The body. Errors: Transient, `cancelled`. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends the connection; to be called whether or not the body was read. */
  readonly end: () => Promise<void>;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 10;
const LARGEST_TEXT = 256 * 1024 * 1024;

/**
 * One request to the hub, without further tries. The token goes to the hub alone, not to where it redirects. Errors:
 * Transient, or those of failureOfAnswer and failureOfConnection.
 */
export async function send(
  address: string,
  init: RequestInit,
  subject: Subject,
  settings: HubSettings,
  task: Task | undefined,
): Promise<Answer> {
  if (settings.offline) throw offline(subject);
  let url = new URL(address);
  let hubHeaders: Headers | undefined;
  for (let redirects = 0; ; redirects++) {
    const fetcher = await fetchThrough(settings.proxy, url);
    const watch = new Watch(settings.silence, task?.signal);
    const failure = (cause: unknown): unknown => watch.failure(cause, settings, url.href);
    let response: Response;
    try {
      const headers = requestHeaders(init, url, settings);
      response = await fetcher(url.href, { ...init, headers, redirect: 'manual', signal: watch.signal });
      watch.touch();
    } catch (cause) {
      watch.stop();
      throw failure(cause);
    }
    hubHeaders ??= response.headers;
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) {
      const { status, ok, headers } = response;
      if (ok || (status === 416 && new Headers(init.headers).has('range'))) {
        return { status, headers, hubHeaders, ...body(response, watch, failure) };
      }
      watch.stop();
      throw await failureOfAnswer(response, subject, settings);
    }
    watch.stop();
    await response.body?.cancel().catch(() => undefined);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const safe = next?.protocol === 'https:' || (next?.protocol === 'http:' && url.protocol === 'http:');
    if (next === undefined || !safe || redirects >= MOST_REDIRECTS) {
      throw new CircuitError(
        'network',
        `${url.host} redirects to ${JSON.stringify(location.slice(0, 200))}, which is not followed.`,
        'Check HF_ENDPOINT and the proxy.',
      );
    }
    // A renamed repository is redirected to within the hub: what counts is what the new address says.
    if (!response.headers.has('x-linked-etag') && next.origin === new URL(settings.endpoint).origin) {
      hubHeaders = undefined;
    }
    url = next;
  }
}

/** The same as fetch, with further tries, for small answers in JSON. Errors are CircuitErrors, for any status above 299. */
export function metadataFetch(subject: Subject, settings: HubSettings, task: Task | undefined): typeof fetch {
  return async (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    return persist(settings, task, async () => {
      const answer = await send(address, init ?? {}, subject, settings, task);
      const text = await textOf(answer);
      try {
        JSON.parse(text);
      } catch (cause) {
        throw new CircuitError(
          'network',
          `${new URL(address).host} did not answer as a Hugging Face hub does.`,
          'Perhaps a log-in page of the network stands in between; check HF_ENDPOINT, too.',
          { cause },
        );
      }
      return new Response(text, { status: answer.status, headers: answer.headers });
    });
  };
}

/** The whole of a body. */
export async function bytesOf({ chunks, end }: Answer): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > LARGEST_TEXT) {
        throw new CircuitError('network', 'The hub sent more than can be an answer.', 'Check HF_ENDPOINT.');
      }
      parts.push(chunk);
    }
  } finally {
    await end();
  }
  return Buffer.concat(parts);
}

async function textOf(answer: Answer): Promise<string> {
  return (await bytesOf(answer)).toString('utf8');
}

function body(response: Response, watch: Watch, failure: (cause: unknown) => unknown): Pick<Answer, 'chunks' | 'end'> {
  const reader = response.body?.getReader();
  // An abort between two reads leaves the next one without an answer (undici 6.24): cancelling the body gives it one.
  const giveUp = (): void => void reader?.cancel().catch(() => undefined);
  if (watch.signal.aborted) giveUp();
  else watch.signal.addEventListener('abort', giveUp, { once: true });
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const part = await reader?.read().catch((cause: unknown) => {
        throw failure(cause);
      });
      if (watch.signal.aborted) throw failure(watch.signal.reason);
      if (part === undefined || part.done) return;
      watch.touch();
      yield part.value;
    }
  }
  const end = async (): Promise<void> => {
    watch.stop();
    await reader?.cancel().catch(() => undefined);
  };
  return { chunks: chunks(), end };
}

function requestHeaders(init: RequestInit, url: URL, { endpoint, token }: HubSettings): Headers {
  const headers = new Headers(init.headers);
  headers.set('user-agent', `circuit-explorer; node/${process.versions.node}`);
  // Ranges count the bytes of the file, not of a compressed form of it.
  headers.set('accept-encoding', 'identity');
  if (token !== undefined && url.origin === new URL(endpoint).origin) {
    headers.set('authorization', `Bearer ${token.value}`);
  }
  return headers;
}
