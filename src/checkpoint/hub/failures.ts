import { CircuitError } from '../../errors.ts';
import type { HubSettings } from './environment.ts';
import { MAIN } from './names.ts';

/** What was asked for, for the words of errors. */
export interface Subject {
  readonly repo: string;
  readonly revision?: string;
  readonly path?: string;
}

/** A failure that may be gone the next time; `error` is what is thrown when it is not. */
export class Transient extends Error {
  readonly error: CircuitError;
  /** Milliseconds that the server asks to wait. */
  readonly wait: number | undefined;

  constructor(error: CircuitError, wait?: number) {
    super(error.message, { cause: error });
    this.error = error;
    this.wait = wait;
  }
}

/** An error for an answer that is not the one asked for; Transient where another try may help. */
export async function failureOfAnswer(
  response: Response,
  subject: Subject,
  settings: HubSettings,
): Promise<CircuitError | Transient> {
  const { status, headers } = response;
  // The hub names the reason in headers; its pages of HTML are of no use in a message.
  const said = (headers.get('x-error-message') ?? '').trim();
  await response.body?.cancel().catch(() => undefined);
  const where = settings.endpoint;
  const code = headers.get('x-error-code') ?? '';
  if (code === 'GatedRepo') return gated(status, said, subject, settings);
  if (code === 'RevisionNotFound') return missing(`${subject.repo} has no revision ${subject.revision ?? MAIN}`, said);
  if (code === 'EntryNotFound') return missing(`${named(subject)} does not exist`, said);
  if (code === 'DisabledRepo' || /is disabled/i.test(said)) {
    return new CircuitError(
      'hub-access',
      `${subject.repo} has been disabled on ${where}.`,
      'Choose another repository.',
    );
  }
  if (status === 401 && /invalid|expired/i.test(said)) return refusedToken(settings);
  if (status === 401 || code === 'RepoNotFound') return unknownRepository(subject, settings);
  if (status === 403) {
    return new CircuitError(
      'hub-access',
      `${where} refuses access to ${named(subject)}${said === '' ? '' : `: ${said}`}.`.replace(/\.\.$/, '.'),
      tokenRemedy(settings, 'Use a token that may read this repository'),
    );
  }
  if (status === 404) return missing(`${named(subject)} does not exist on ${where}`, said);
  const error = new CircuitError(
    'network',
    status === 429
      ? `${where} answers that there were too many requests (status 429).`
      : `${where} answered with status ${status} for ${named(subject)}${said === '' ? '' : `: ${said}`}.`,
    status === 429
      ? `Wait some minutes and run this again: it goes on where it stopped.${settings.token === undefined ? ' With a token (HF_TOKEN) the limit is higher.' : ''}`
      : 'Run this again later: it goes on where it stopped. https://status.huggingface.co says whether the hub is well.',
  );
  return status === 429 || status === 408 || status >= 500 ? new Transient(error, askedWait(headers)) : error;
}

/** An error for a connection that failed; Transient unless nothing would change. */
export function failureOfConnection(cause: unknown, settings: HubSettings, address: string): CircuitError | Transient {
  const host = new URL(address).host;
  const reasons = causes(cause);
  const code = reasons.map(reason => reason.code).find(value => value !== undefined) ?? '';
  const text = reasons.map(({ message }) => message).findLast(message => message !== '') ?? String(cause);
  const refusal = /Proxy response \((\d+)\)/.exec(text)?.[1];
  if (refusal !== undefined) return refusalOfProxy(refusal, settings, host);
  const isTrust = /CERT|SSL|TLS|SIGNED/.test(code);
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: `a name is not known here (${nameIn(text) ?? host})`,
    EAI_AGAIN: `a name is not known here (${nameIn(text) ?? host})`,
    ECONNREFUSED: 'the connection is refused',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
  };
  const reason = isTrust ? `its certificate is not trusted (${code})` : (words[code] ?? text);
  const through = settings.proxy === undefined ? '' : ` through the proxy${shownProxy(settings)}`;
  const proxyHint = settings.proxy === undefined ? '; behind a proxy, set HTTPS_PROXY' : ' and the proxy variable';
  const remedy = isTrust
    ? 'Behind a proxy that opens connections, point NODE_EXTRA_CA_CERTS at its certificate.'
    : `Check the network${proxyHint}. Models that are in the cache work without.`;
  return new Transient(
    new CircuitError('network', `${host} cannot be reached${through}: ${reason}.`, remedy, { cause }),
  );
}

function refusalOfProxy(status: string, settings: HubSettings, host: string): CircuitError {
  const proxy = `The proxy${shownProxy(settings)}`;
  return status === '407'
    ? new CircuitError(
        'network',
        `${proxy} asks for a name and a password (status 407).`,
        'Put them into the proxy variable: HTTPS_PROXY=http://name:password@host:port.',
      )
    : new CircuitError(
        'network',
        `${proxy} refuses to connect to ${host} (status ${status}).`,
        'Ask who runs it, or name another in HTTPS_PROXY.',
      );
}

/** The name that getaddrinfo did not find: the hub's, or the proxy's. */
function nameIn(message: string): string | undefined {
  return /getaddrinfo \w+ (\S+)/.exec(message)?.[1];
}

/** No byte for too long. */
export function silent(settings: HubSettings, address: string): Transient {
  return new Transient(
    new CircuitError(
      'network',
      `${new URL(address).host} sent nothing for ${settings.silence / 1000} seconds.`,
      'Run this again: it goes on where it stopped. HF_HUB_DOWNLOAD_TIMEOUT sets how many seconds are waited.',
    ),
  );
}

export function offline(subject: Subject): CircuitError {
  return new CircuitError(
    'network',
    `${named(subject)} cannot be fetched: HF_HUB_OFFLINE forbids the network.`,
    'Unset HF_HUB_OFFLINE, or use a model that is on this machine.',
    { commandLine: 'Unset HF_HUB_OFFLINE, or use what is in the cache: circuit model list.' },
  );
}

function gated(status: number, said: string, { repo }: Subject, settings: HubSettings): CircuitError {
  const page = `${settings.endpoint}/${repo}`;
  const waiting = /await|pending/i.test(said);
  return new CircuitError(
    'hub-access',
    settings.token === undefined
      ? `${repo} is gated: its authors give access to people who accept their terms.`
      : waiting
        ? `${repo} is gated, and its authors have not yet answered your request.`
        : `${repo} is gated, and the token from ${settings.token.source} has no access (status ${status}).`,
    settings.token === undefined
      ? `Accept the terms at ${page}, make a token at ${settings.endpoint}/settings/tokens, and set HF_TOKEN to it.`
      : waiting
        ? `See ${page}; run this again when access is given.`
        : `Accept the terms at ${page} as the owner of this token, and let the token read gated repositories.`,
  );
}

function refusedToken(settings: HubSettings): CircuitError {
  return new CircuitError(
    'hub-access',
    `${settings.endpoint} does not accept the token from ${settings.token?.source ?? 'nowhere'}.`,
    `Make a new one at ${settings.endpoint}/settings/tokens and set HF_TOKEN to it.`,
  );
}

function unknownRepository({ repo }: Subject, settings: HubSettings): CircuitError {
  return new CircuitError(
    'hub-missing',
    `There is no repository ${repo} on ${settings.endpoint} that ${settings.token === undefined ? 'can be read without a token' : `the token from ${settings.token.source} can read`}.`,
    tokenRemedy(settings, 'Check the spelling; if it is private, use a token of its owner'),
  );
}

function missing(what: string, said: string): CircuitError {
  return new CircuitError('hub-missing', `${what}.`, said === '' ? 'Check the spelling.' : `The hub says: ${said}`);
}

function tokenRemedy({ token }: HubSettings, text: string): string {
  return `${text}${token === undefined ? ' (HF_TOKEN).' : `; now it is the one from ${token.source}.`}`;
}

function named({ repo, revision, path }: Subject): string {
  const at = revision === undefined || revision === MAIN ? '' : `@${revision}`;
  return path === undefined ? `${repo}${at}` : `${path} of ${repo}${at}`;
}

/** Milliseconds of a Retry-After header, or of the hub's own RateLimit header (`"api";r=0;t=55`). */
function askedWait(headers: Headers): number | undefined {
  const after = headers.get('retry-after');
  const seconds = after === null ? /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1] : after;
  if (seconds === undefined) return undefined;
  const wait = /^\d+$/.test(seconds) ? 1000 * Number(seconds) : Date.parse(seconds) - Date.now();
  return wait > 0 ? wait : undefined;
}

/** An error and its causes: fetch says no more than "fetch failed" itself. */
function causes(error: unknown): (Error & { code?: string })[] {
  const found: (Error & { code?: string })[] = [];
  for (let at = error; at instanceof Error && found.length < 10; at = at.cause) {
    found.push(at);
    if (at instanceof AggregateError && at.errors[0] instanceof Error) found.push(at.errors[0]);
  }
  return found;
}

/** The proxy's address without its password, after a space. */
function shownProxy({ proxy }: HubSettings): string {
  const address = proxy?.https ?? proxy?.http;
  return address === undefined ? '' : ` ${address.replace(/\/\/[^/@]*@/, '//')}`;
}
