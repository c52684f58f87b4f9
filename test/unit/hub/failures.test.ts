import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import type { HubSettings } from '../../../src/checkpoint/hub/environment.ts';
import { commitOfRevision, namedFiles, repositoryFiles } from '../../../src/checkpoint/hub/repository-files.ts';
import { CircuitError, type ErrorCode } from '../../../src/errors.ts';
import type { Fault, HubServer } from '../../support/hub-server.ts';
import { assertFails } from '../../support/errors.ts';
import { hubAndCache } from './settings.ts';

const REPO = 'owner/name';
const ask = (settings: HubSettings): Promise<string> => commitOfRevision(REPO, 'main', settings);

/** The error of a question, to look at its remedy. */
async function errorOf(work: () => Promise<unknown>): Promise<CircuitError> {
  const error: unknown = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof CircuitError, String(error));
  return error;
}

describe('what the hub refuses', () => {
  const status = (code: number, headers: Record<string, string> = {}): Fault => ({
    kind: 'status',
    status: code,
    headers,
    body: '<html>',
  });
  const token = { value: 'hf_x', source: 'HF_TOKEN' };
  const cases: readonly (readonly [string, Fault, Partial<HubSettings>, ErrorCode, readonly string[], RegExp])[] = [
    [
      'a gated model without a token',
      status(401, { 'X-Error-Code': 'GatedRepo' }),
      {},
      'hub-access',
      [REPO, 'gated'],
      /settings\/tokens.*HF_TOKEN/,
    ],
    [
      'a gated model with a token',
      status(403, { 'X-Error-Code': 'GatedRepo' }),
      { token },
      'hub-access',
      ['the token from HF_TOKEN has no access'],
      /Accept the terms at .*owner\/name/,
    ],
    [
      'a gated model whose authors have not answered',
      status(403, {
        'X-Error-Code': 'GatedRepo',
        'X-Error-Message': 'Your request to access model owner/name is awaiting a review from the repo authors.',
      }),
      { token },
      'hub-access',
      ['not yet answered'],
      /when access is given/,
    ],
    [
      'a token that is none',
      status(401, { 'X-Error-Message': 'Invalid credentials in Authorization header' }),
      { token },
      'hub-access',
      ['does not accept the token from HF_TOKEN'],
      /new one/,
    ],
    [
      'a private or unknown repository',
      status(401, { 'X-Error-Code': 'RepoNotFound' }),
      {},
      'hub-missing',
      ['no repository owner/name', 'without a token'],
      /spelling.*private/,
    ],
    [
      'one that a token cannot read',
      status(404, { 'X-Error-Code': 'RepoNotFound' }),
      { token },
      'hub-missing',
      ['that the token from HF_TOKEN can read'],
      /HF_TOKEN/,
    ],
    [
      'an unknown revision',
      status(404, { 'X-Error-Code': 'RevisionNotFound', 'X-Error-Message': 'Invalid rev id: main' }),
      {},
      'hub-missing',
      ['owner/name has no revision main'],
      /Invalid rev id/,
    ],
    [
      'an unknown file',
      status(404, { 'X-Error-Code': 'EntryNotFound' }),
      {},
      'hub-missing',
      ['owner/name', 'does not exist'],
      /spelling/,
    ],
    [
      'a disabled repository',
      status(403, { 'X-Error-Code': 'DisabledRepo' }),
      {},
      'hub-access',
      ['has been disabled'],
      /another/,
    ],
    [
      'a token without the right',
      status(403, { 'X-Error-Message': 'Forbidden: this token has no read scope.' }),
      { token },
      'hub-access',
      ['refuses access', 'no read scope.'],
      /HF_TOKEN/,
    ],
    ['anything else', status(418), {}, 'network', ['status 418'], /later/],
  ];
  for (const [name, fault, changes, code, words, remedy] of cases) {
    test(name, async t => {
      const { server, settings } = await hubAndCache(t);
      server.fail(/./, fault, 99);
      const error = await errorOf(() => ask({ ...settings, ...changes }));
      assert.equal(error.code, code, error.message);
      for (const word of words) assert.ok(error.message.includes(word), `"${word}" is not in: ${error.message}`);
      assert.match(error.remedy, remedy);
      assert.doesNotMatch(error.message, /<html>/);
      assert.equal(server.requests.length, 1, 'asked again in vain');
    });
  }

  test('a file that is not listed', async t => {
    const { server, settings } = await hubAndCache(t);
    const commit = server.add(REPO, { 'a.json': '{}' });
    await assertFails(() => namedFiles(REPO, commit, ['a.json', 'b.json'], settings), 'hub-missing', 'b.json');
  });
});

describe('what may pass', () => {
  const seen = (server: HubServer): number => server.requests.length;

  test('server errors and full queues are tried again', async t => {
    for (const status of [429, 500, 502, 503, 504, 408]) {
      const { server, settings } = await hubAndCache(t);
      const commit = server.add(REPO, { 'a.json': '{}' });
      server.fail(/revision/, { kind: 'status', status }, 2);
      assert.equal(await ask(settings), commit);
      assert.equal(seen(server), 3);
    }
  });

  test('but not for ever', async t => {
    const { server, settings } = await hubAndCache(t);
    server.fail(/./, { kind: 'status', status: 503 }, 99);
    await assertFails(() => ask(settings), 'network', 'status 503');
    assert.equal(seen(server), settings.attempts);
  });

  test('a wait that the server asks for is kept: Retry-After, and the header of the hub', async t => {
    for (const headers of [{ 'Retry-After': '1' }, { RateLimit: '"api";r=0;t=1' }] as const) {
      const { server, settings } = await hubAndCache(t);
      server.add(REPO, { 'a.json': '{}' });
      server.fail(/revision/, { kind: 'status', status: 429, headers });
      const began = performance.now();
      await ask(settings);
      assert.ok(performance.now() - began >= 990);
    }
  });

  test('one that is too long is not', async t => {
    const { server, settings } = await hubAndCache(t);
    server.fail(/./, { kind: 'status', status: 429, headers: { 'Retry-After': '3600' } }, 99);
    const error = await errorOf(() => ask(settings));
    assert.match(error.message, /too many requests/);
    assert.match(error.remedy, /HF_TOKEN/);
    assert.equal(seen(server), 1);
  });

  test('waiting can be cancelled', async t => {
    const { server, settings } = await hubAndCache(t);
    server.fail(/./, { kind: 'status', status: 503 }, 99);
    const controller = new AbortController();
    server.onRequest = () => setTimeout(() => controller.abort(), 20);
    const began = performance.now();
    const task = { signal: controller.signal };
    await assertFails(() => commitOfRevision(REPO, 'main', { ...settings, firstDelay: 20_000 }, task), 'cancelled');
    assert.ok(performance.now() - began < 5000);
  });

  test('a listing whose connection is cut', async t => {
    const { server, settings } = await hubAndCache(t);
    const commit = server.add(REPO, Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}.json`, '{}'])));
    server.fail(/tree/, { kind: 'status', status: 502 });
    assert.equal((await repositoryFiles(REPO, commit, '', settings)).length, 10);
  });
});

describe('what cannot be reached', () => {
  test('nothing listens', async t => {
    const { server, settings } = await hubAndCache(t);
    server.stop();
    const error = await errorOf(() => ask(settings));
    assert.equal(error.code, 'network');
    assert.match(error.message, /127\.0\.0\.1:\d+ cannot be reached: the connection is refused\./);
    assert.match(error.remedy, /cache work without/);
  });

  test('a name that does not exist', async t => {
    const { settings } = await hubAndCache(t);
    await assertFails(
      () => ask({ ...settings, endpoint: 'http://hub.invalid', attempts: 1 }),
      'network',
      'hub.invalid',
    );
  });

  test('offline by the environment: nothing is asked', async t => {
    const { server, settings } = await hubAndCache(t);
    await assertFails(() => ask({ ...settings, offline: true }), 'network', 'HF_HUB_OFFLINE');
    assert.equal(server.requests.length, 0);
  });

  test('a page of something else', async t => {
    const other = createServer((_, response) => response.end('<html>Log in to the hotel</html>'));
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const { settings } = await hubAndCache(t);
    const endpoint = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await assertFails(() => ask({ ...settings, endpoint }), 'network', 'did not answer as a Hugging Face hub');
  });

  test('redirects in a circle, and to what is no address', async t => {
    for (const location of ['/again', 'file:///etc/passwd', 'http://[']) {
      const { server, settings } = await hubAndCache(t);
      server.fail(/./, { kind: 'status', status: 307, headers: { Location: location } }, 99);
      await assertFails(() => ask(settings), 'network', 'redirects');
    }
  });

  test('a renamed repository is followed within the hub, with the token', async t => {
    const { server, settings } = await hubAndCache(t);
    const commit = server.add('new/name', { 'a.json': '{}' });
    server.fail(/owner\/name/, {
      kind: 'status',
      status: 307,
      headers: { Location: '/api/models/new/name/revision/main' },
    });
    assert.equal(await ask({ ...settings, token: { value: 'hf_x', source: 'HF_TOKEN' } }), commit);
    assert.deepEqual(
      server.requests.map(({ authorization }) => authorization),
      ['Bearer hf_x', 'Bearer hf_x'],
    );
  });
});

describe('what a hub may not say', () => {
  test('names that lead out, hashes and commits that are none', async t => {
    const { server, settings } = await hubAndCache(t);
    const commit = server.add(REPO, { '../a.json': '{}' });
    await assertFails(() => repositoryFiles(REPO, commit, '', settings), 'file-damaged', '../a.json');
    const answer = (value: unknown): void => {
      server.clearFaults();
      server.fail(/./, { kind: 'status', status: 200, body: JSON.stringify(value) }, 99);
    };
    answer({ sha: '../../etc', id: REPO });
    await assertFails(() => ask(settings), 'network', 'names no commit');
    answer([{ type: 'file', path: 'a', size: 1, oid: '../../../a' }]);
    await assertFails(() => repositoryFiles(REPO, commit, '', settings), 'network', 'describes a in a way');
    answer([{ type: 'file', path: 'a', size: -1, oid: '0'.repeat(40) }]);
    await assertFails(() => repositoryFiles(REPO, commit, '', settings), 'network', 'describes a in a way');
    answer([{ type: 'file', path: 'a', size: 1, oid: '0'.repeat(40), lfs: { oid: 'x/y', size: 1 } }]);
    await assertFails(() => namedFiles(REPO, commit, ['a'], settings), 'network', 'describes a in a way');
  });
});
