import type { Dispatcher } from 'undici';
import { CircuitError } from '../../errors.ts';
import type { Proxy } from './environment.ts';

export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

const agents = new Map<string, Promise<Fetch>>();

/** Node's own fetch; where a proxy is named for an address, undici's with an agent for it: Node 20 looks at no variables. */
export async function fetchThrough(proxy: Proxy | undefined, url: URL): Promise<Fetch> {
  const address = proxy === undefined || isExcepted(url, proxy.except) ? undefined : proxyOf(proxy, url);
  if (address === undefined) return fetch;
  let made = agents.get(address);
  if (made === undefined) {
    made = proxiedFetch(address);
    agents.set(address, made);
  }
  return made;
}

function proxyOf({ http, https }: Proxy, { protocol }: URL): string | undefined {
  return protocol === 'https:' ? https : http;
}

/**
 * NO_PROXY as curl reads it: names, with all that end in them, and addresses; a port behind them limits them to it; `*`
 * stands for all.
 */
export function isExcepted({ hostname, port, protocol }: URL, except: string | undefined): boolean {
  const own = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return (except ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      const [, name, only] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry, undefined];
      if (only !== undefined && only !== own) return false;
      const bare = name.replace(/^\*?\./, '');
      return name === '*' || hostname === bare || hostname.endsWith(`.${bare}`);
    });
}

async function proxiedFetch(address: string): Promise<Fetch> {
  const undici = await import('undici');
  let dispatcher: Dispatcher;
  try {
    const { username, password } = new URL(address);
    const token = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
    dispatcher = new undici.ProxyAgent({ uri: address, ...(username === '' ? {} : { token }) });
  } catch (cause) {
    throw new CircuitError(
      'network',
      `The proxy ${address.replace(/\/\/[^/@]*@/, '//')} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Give the address of an HTTP proxy, http://host:port, in HTTPS_PROXY.',
      { cause },
    );
  }
  // The same standard, but other classes than Node's.
  const through = undici.fetch as unknown as (address: string, init: object) => Promise<Response>;
  return (target, init) => through(target, { ...init, dispatcher });
}
