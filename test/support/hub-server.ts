/**
 * A Hugging Face hub on the loopback interface, as far as downloads go: revisions, trees, paths-info, and `resolve`,
 * which sends small files itself and redirects large ones to a second server (another origin) that knows ranges.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Repository {
  /** Files of each commit. */
  readonly commits: Map<string, Map<string, Buffer>>;
  /** Branches and tags. */
  readonly refs: Map<string, string>;
  /** Who may read the files; the listing is open, as the hub's is. */
  token?: string;
  gated?: boolean;
  /** Which files are LFS: by default those that are not text of configurations. */
  readonly isLarge: (path: string) => boolean;
}

/** What goes wrong with a request. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** The server answers a range with the whole file. */
  | { readonly kind: 'whole' }
  /** The server answers a range with another one. */
  | { readonly kind: 'shifted' }
  /** The bytes are others. */
  | { readonly kind: 'corrupt' }
  /** Nothing more is sent after so many bytes. */
  | { readonly kind: 'silence'; readonly after: number };

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

const PAGE = 3;

export class HubServer {
  readonly repositories = new Map<string, Repository>();
  readonly requests: LoggedRequest[] = [];
  /** Headers for all answers to `resolve`, over those that are right. */
  resolveHeaders: Readonly<Record<string, string>> = {};
  readonly #faults: { on: RegExp; fault: Fault; times: number }[] = [];
  readonly #hub: Server;
  readonly #cdn: Server;
  readonly #sockets = new Set<Socket>();
  /** Called for each request before it is answered. */
  onRequest: (request: LoggedRequest) => void = () => undefined;

  constructor() {
    this.#hub = createServer((request, response) =>
      this.#answer(request, response, path => this.#fromHub(path, request, response)),
    );
    this.#cdn = createServer((request, response) =>
      this.#answer(request, response, path => this.#fromCdn(path, request, response)),
    );
    for (const server of [this.#hub, this.#cdn]) {
      server.on('connection', socket => {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
      });
    }
  }

  /** Starts both servers; they end with the test. */
  async start(test: TestContext): Promise<this> {
    for (const server of [this.#hub, this.#cdn]) {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    }
    test.after(() => this.stop());
    return this;
  }

  stop(): void {
    this.#hub.close();
    this.#cdn.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  get endpoint(): string {
    return addressOf(this.#hub);
  }

  /** Makes or replaces `main` of a repository; returns its commit. */
  add(repo: string, files: Readonly<Record<string, string | Buffer>>, { ref = 'main' }: { ref?: string } = {}): string {
    const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
    const digest = createHash('sha1');
    for (const [path, content] of contents) digest.update(path).update(content);
    const commit = digest.digest('hex');
    const repository = this.repositories.get(repo) ?? {
      commits: new Map(),
      refs: new Map(),
      isLarge: (path: string) => /\.(?:safetensors|npz|bin)$/.test(path),
    };
    repository.commits.set(commit, contents);
    repository.refs.set(ref, commit);
    this.repositories.set(repo, repository);
    return commit;
  }

  /** The next `times` requests whose path matches go wrong. */
  fail(on: RegExp, fault: Fault, times = 1): void {
    this.#faults.push({ on, fault, times });
  }

  clearFaults(): void {
    this.#faults.length = 0;
  }

  /** Requests for contents: small files from the hub, large ones from the other server. */
  get contentRequests(): LoggedRequest[] {
    return this.requests.filter(({ path }) => path.startsWith('/cdn/'));
  }

  #answer(request: IncomingMessage, response: ServerResponse, answer: (path: string) => void): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname);
    const logged = {
      method: request.method ?? '',
      path,
      range: request.headers.range,
      authorization: request.headers.authorization,
    };
    this.requests.push(logged);
    this.onRequest(logged);
    const fault = this.#faults.find(({ on, times }) => times > 0 && on.test(path));
    if (fault?.fault.kind === 'status') {
      fault.times--;
      response.writeHead(fault.fault.status, fault.fault.headers).end(fault.fault.body);
      return;
    }
    answer(path);
  }

  #fromHub(path: string, request: IncomingMessage, response: ServerResponse): void {
    const api = /^\/api\/models\/([^/]+\/[^/]+|[^/]+)\/(revision|tree|paths-info)\/(.+)$/.exec(path);
    const resolve = /^\/([^/]+\/[^/]+|[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const [, name, verb, rest] = api ?? [undefined, resolve?.[1], 'resolve', ''];
    const repository = name === undefined ? undefined : this.repositories.get(name);
    if (repository === undefined) {
      refuse(response, 401, 'RepoNotFound', 'Repository not found');
      return;
    }
    const known = (revision: string): string | undefined =>
      repository.refs.get(revision) ?? (repository.commits.has(revision) ? revision : undefined);
    const at = verb === 'resolve' ? (resolve?.[2] ?? '') : verb === 'tree' ? longestKnown(rest, known) : rest;
    const commit = known(at);
    if (commit === undefined) {
      refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${at}`);
      return;
    }
    const files = repository.commits.get(commit)!;
    const describe = (file: string): object => entryOf(file, files.get(file)!, repository.isLarge(file));
    if (verb === 'revision') {
      json(response, {
        _id: '1',
        id: name,
        sha: commit,
        private: false,
        gated: repository.gated === true ? 'auto' : false,
        lastModified: '2026-01-01T00:00:00.000Z',
      });
    } else if (verb === 'tree') {
      const folder = rest.slice(at.length + 1);
      const below = [...files.keys()].filter(file => folder === '' || file.startsWith(`${folder}/`));
      if (folder !== '' && below.length === 0) refuse(response, 404, 'EntryNotFound', `${folder} does not exist`);
      else this.#page(request, response, below.map(describe));
    } else if (verb === 'paths-info') {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { paths } = JSON.parse(body) as { paths: string[] };
        json(response, paths.filter(file => files.has(file)).map(describe));
      });
    } else {
      this.#resolve(repository, commit, files, resolve?.[3] ?? '', request, response);
    }
  }

  /** A few entries at a time, with the address of the next ones. */
  #page(request: IncomingMessage, response: ServerResponse, entries: readonly object[]): void {
    const url = new URL(request.url ?? '/', this.endpoint);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    url.searchParams.set('cursor', String(from + PAGE));
    if (from + PAGE < entries.length) response.setHeader('Link', `<${url.href}>; rel="next"`);
    json(response, entries.slice(from, from + PAGE));
  }

  #resolve(
    repository: Repository,
    commit: string,
    files: Map<string, Buffer>,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (repository.token !== undefined && request.headers.authorization !== `Bearer ${repository.token}`) {
      const status = request.headers.authorization === undefined ? 401 : 403;
      if (repository.gated === true) refuse(response, status, 'GatedRepo', 'Access to this model is restricted.');
      else refuse(response, 401, 'RepoNotFound', 'Repository not found');
      return;
    }
    const content = files.get(path);
    if (content === undefined) {
      refuse(response, 404, 'EntryNotFound', 'Entry not found');
      return;
    }
    response.setHeader('X-Repo-Commit', commit);
    if (!repository.isLarge(path)) {
      response.setHeader('ETag', `"${gitHash(content)}"`);
      for (const [name, value] of Object.entries(this.resolveHeaders)) response.setHeader(name, value);
      this.#send(`/${path}`, content, request, response);
      return;
    }
    const headers = {
      'X-Linked-Etag': `"${sha256(content)}"`,
      'X-Linked-Size': String(content.length),
      ...this.resolveHeaders,
    };
    response.writeHead(302, { ...headers, Location: `${addressOf(this.#cdn)}/cdn/${sha256(content)}/${path}` }).end();
  }

  #fromCdn(path: string, request: IncomingMessage, response: ServerResponse): void {
    const hash = path.split('/')[2];
    for (const { commits } of this.repositories.values()) {
      for (const files of commits.values()) {
        for (const content of files.values()) {
          if (sha256(content) !== hash) continue;
          response.setHeader('ETag', `"cdn-${hash.slice(0, 8)}"`);
          this.#send(path, content, request, response);
          return;
        }
      }
    }
    response.writeHead(404).end();
  }

  #send(path: string, whole: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const found = this.#faults.find(({ on, times }) => times > 0 && on.test(path));
    if (found !== undefined) found.times--;
    const fault = found?.fault;
    const content = fault?.kind === 'corrupt' ? Buffer.from(whole.map(byte => byte ^ 1)) : whole;
    const [, asked, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const from =
      asked === undefined || fault?.kind === 'whole' ? 0 : Number(asked) - (fault?.kind === 'shifted' ? 1 : 0);
    if (from > content.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end();
      return;
    }
    const end = last === undefined || last === '' || fault?.kind === 'whole' ? content.length : Number(last) + 1;
    const part = content.subarray(from, end);
    const partial = asked !== undefined && fault?.kind !== 'whole';
    response.writeHead(partial ? 206 : 200, {
      'Content-Length': part.length,
      ...(partial ? { 'Content-Range': `bytes ${from}-${from + part.length - 1}/${content.length}` } : {}),
    });
    if (fault?.kind !== 'cut' && fault?.kind !== 'silence') {
      response.end(part);
      return;
    }
    response.write(part.subarray(0, fault.after), () => {
      // After what was written has had time to leave.
      if (fault.kind === 'cut') setTimeout(() => response.destroy(), 50);
    });
  }
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

export function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function entryOf(path: string, content: Buffer, large: boolean): object {
  const entry = { type: 'file', path, size: content.length };
  return large
    ? {
        ...entry,
        oid: gitHash(Buffer.from(`pointer to ${sha256(content)}`)),
        lfs: { oid: sha256(content), size: content.length, pointerSize: 134 },
      }
    : { ...entry, oid: gitHash(content) };
}

/** The revision that `rest` (revision/folder) begins with. */
function longestKnown(rest: string, known: (revision: string) => string | undefined): string {
  const parts = rest.split('/');
  for (let count = parts.length; count > 0; count--) {
    const revision = parts.slice(0, count).join('/');
    if (known(revision) !== undefined) return revision;
  }
  return parts[0];
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'X-Error-Code': code, 'X-Error-Message': message })
    .end(JSON.stringify({ error: message }));
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
