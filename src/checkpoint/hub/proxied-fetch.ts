import { CircuitError } from '../../errors.ts';
import type { Proxy } from './environment.ts';

export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

const agents = new Map<string, Promise<Fetch>>();

/** Node's own fetch; where a proxy is named, undici's with an agent for it: Node 20's looks at no variables. */
export async function fetchThrough(proxy: Proxy | undefined): Promise<Fetch> {
  if (proxy === undefined) return fetch;
  const key = JSON.stringify(proxy);
  let made = agents.get(key);
  if (made === undefined) {
    made = proxiedFetch(proxy);
    agents.set(key, made);
  }
  return made;
}

async function proxiedFetch({ http, https, except }: Proxy): Promise<Fetch> {
  const undici = await import('undici');
  try {
    const dispatcher = new undici.EnvHttpProxyAgent({
      ...(http === undefined ? {} : { httpProxy: http }),
      ...(https === undefined ? {} : { httpsProxy: https }),
      noProxy: except ?? '',
    });
    // The same standard, but other classes than Node's.
    const through = undici.fetch as unknown as (address: string, init: object) => Promise<Response>;
    return (address, init) => through(address, { ...init, dispatcher });
  } catch (cause) {
    throw new CircuitError(
      'network',
      `The proxy ${https ?? http ?? ''} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Give the address of an HTTP proxy, http://host:port, in HTTPS_PROXY.',
      { cause },
    );
  }
}
