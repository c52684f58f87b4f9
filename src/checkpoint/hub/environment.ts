import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CircuitError } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** How the hub is reached and where its files are kept: the environment variables of Python's huggingface_hub. */
export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** The folder with `models--owner--name` in it, shared with Python. */
  readonly cache: string;
  readonly token: HubToken | undefined;
  /** HF_HUB_OFFLINE: nothing is asked of the network. */
  readonly offline: boolean;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly silence: number;
  /** Tries of one request without any progress. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled for each one after it. */
  readonly firstDelay: number;
  /** undefined where no variable names one. */
  readonly proxy: Proxy | undefined;
  /** False where the cache is to hold files instead of links (HF_HUB_DISABLE_SYMLINKS). */
  readonly links: boolean;
}

/** HTTP_PROXY, HTTPS_PROXY (or ALL_PROXY) and NO_PROXY, small letters first. */
export interface Proxy {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly except: string | undefined;
}

export interface HubToken {
  readonly value: string;
  /** The variable or file that it is from, for the words of errors. */
  readonly source: string;
}

const ENDPOINT = 'https://huggingface.co';
const SILENCE_SECONDS = 30;
const ATTEMPTS = 5;
const FIRST_DELAY = 1000;

/** Reads the environment and the token file. Errors: `usage` for an HF_ENDPOINT that is no address. */
export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const read = (name: string): string | undefined => nonEmpty(environment[name]);
  const seconds = Number(read('HF_HUB_DOWNLOAD_TIMEOUT') ?? SILENCE_SECONDS);
  return {
    endpoint: endpointOf(read('HF_ENDPOINT') ?? ENDPOINT),
    cache: hubCacheFolder(environment),
    token: await findToken(environment),
    offline: isTrue(read('HF_HUB_OFFLINE')) || isTrue(read('TRANSFORMERS_OFFLINE')),
    silence: 1000 * (seconds > 0 ? seconds : SILENCE_SECONDS),
    attempts: ATTEMPTS,
    firstDelay: FIRST_DELAY,
    proxy: proxyOf(read),
    links: !isTrue(read('HF_HUB_DISABLE_SYMLINKS')),
  };
}

/** The folder of the cache that Python's huggingface_hub uses. */
export function hubCacheFolder(environment: Environment = process.env): string {
  const cache = nonEmpty(environment.HF_HUB_CACHE) ?? nonEmpty(environment.HUGGINGFACE_HUB_CACHE);
  return cache === undefined ? join(hubHome(environment), 'hub') : expanded(cache, environment);
}

function hubHome(environment: Environment): string {
  const home = nonEmpty(environment.HF_HOME);
  if (home !== undefined) return expanded(home, environment);
  const caches = nonEmpty(environment.XDG_CACHE_HOME);
  return join(
    caches === undefined ? join(homeOf(environment), '.cache') : expanded(caches, environment),
    'huggingface',
  );
}

function proxyOf(read: (name: string) => string | undefined): Proxy | undefined {
  const either = (name: string): string | undefined => read(name) ?? read(name.toUpperCase());
  const http = either('http_proxy') ?? either('all_proxy');
  const https = either('https_proxy') ?? either('all_proxy');
  return http === undefined && https === undefined ? undefined : { http, https, except: either('no_proxy') };
}

/** HF_TOKEN, then its former name, then the file that `hf auth login` writes. */
async function findToken(environment: Environment): Promise<HubToken | undefined> {
  for (const source of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const value = environment[source]?.trim() ?? '';
    if (value !== '') return { value, source };
  }
  const given = nonEmpty(environment.HF_TOKEN_PATH);
  const source = given === undefined ? join(hubHome(environment), 'token') : expanded(given, environment);
  const value = await readFile(source, 'utf8').then(
    text => text.trim(),
    () => '',
  );
  return value === '' ? undefined : { value, source };
}

function endpointOf(text: string): string {
  const address = text.replace(/\/+$/, '');
  if (/^https?:\/\/[^/\s]+/.test(address) && URL.canParse(address)) return address;
  throw new CircuitError(
    'usage',
    `HF_ENDPOINT is ${JSON.stringify(text)}, which is not an address.`,
    `Unset it, or give one such as ${ENDPOINT}.`,
  );
}

/** `~` and `$NAME` of a path, as Python's expanduser and expandvars replace them. */
function expanded(path: string, environment: Environment): string {
  const withVariables = path.replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain?: string, braced?: string) => {
    return environment[plain ?? braced ?? ''] ?? whole;
  });
  return /^~(?=$|[/\\])/.test(withVariables) ? join(homeOf(environment), withVariables.slice(1)) : withVariables;
}

function homeOf(environment: Environment): string {
  return nonEmpty(environment[process.platform === 'win32' ? 'USERPROFILE' : 'HOME']) ?? homedir();
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '');
}
