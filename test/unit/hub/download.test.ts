import assert from 'node:assert/strict';
import { lstat, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cachePlace, presence } from '../../../src/checkpoint/hub/cache-writer.ts';
import { downloadFile, type Download } from '../../../src/checkpoint/hub/download-file.ts';
import type { HubSettings } from '../../../src/checkpoint/hub/environment.ts';
import { assertFails } from '../../support/errors.ts';
import { gitHash, sha256, type Fault, type HubServer } from '../../support/hub-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { contents, hubAndCache, noise, settingsFor, wholePart } from './settings.ts';

const REPO = 'owner/name';
const WEIGHTS = noise(200_000);
const CDN = /^\/cdn\//;

async function weights(server: HubServer, settings: HubSettings, content = WEIGHTS): Promise<Download> {
  server.add(REPO, { 'model.safetensors': content });
  const { commit, files } = await wholePart(REPO, settings);
  return { repo: REPO, commit, file: files[0] };
}

/** Leaves the first bytes of a file as an interrupted run does. */
async function leavePartial({ cache }: HubSettings, { repo, commit, file }: Download, bytes: Buffer): Promise<string> {
  const { incomplete } = cachePlace(cache, repo, commit, file);
  await mkdir(dirname(incomplete), { recursive: true });
  await writeFile(incomplete, bytes);
  return incomplete;
}

/** The first byte that was asked for. */
function startOf(range: string | undefined): number {
  return range === undefined ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
}

const ranges = (server: HubServer): (string | undefined)[] => server.contentRequests.map(({ range }) => range);

describe('a file from the hub', () => {
  test('lies in the cache as Python lays it out: content by its sha256, a relative link by its name', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const path = await downloadFile(download, settings);
    const root = join(settings.cache, 'models--owner--name');
    assert.equal(path, join(root, 'snapshots', download.commit, 'model.safetensors'));
    assert.equal(await readlink(path), join('..', '..', 'blobs', sha256(WEIGHTS)));
    assert.deepEqual(await readFile(path), WEIGHTS);
    assert.deepEqual(Object.keys(await contents(join(root, 'blobs'))), [sha256(WEIGHTS)]);
  });

  test('a small one is named by its git hash; folders of its name become folders', async t => {
    const { server, settings } = await hubAndCache(t);
    const text = Buffer.from('{"a": 1}');
    server.add(REPO, { 'sub/folder/config.json': text });
    const { commit, files } = await wholePart(REPO, settings);
    const path = await downloadFile({ repo: REPO, commit, file: files[0] }, settings);
    assert.equal(await readlink(path), join('..', '..', '..', '..', 'blobs', gitHash(text)));
    assert.deepEqual(await readFile(path), text);
  });

  test('an empty one', async t => {
    const { server, settings } = await hubAndCache(t);
    const path = await downloadFile(await weights(server, settings, Buffer.alloc(0)), settings);
    assert.equal((await stat(path)).size, 0);
  });

  test('without links the content lies under its name, once', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const path = await downloadFile(download, { ...settings, links: false });
    assert.ok((await lstat(path)).isFile());
    assert.deepEqual(await readFile(path), WEIGHTS);
    assert.deepEqual(await contents(join(settings.cache, 'models--owner--name/blobs')), {});
    await downloadFile(download, { ...settings, links: false });
    assert.equal(server.contentRequests.length, 1);
  });

  test('what is there is not fetched again; a content under another name is only named', async t => {
    const { server, settings } = await hubAndCache(t);
    await downloadFile(await weights(server, settings), settings);
    server.add(REPO, { 'renamed.safetensors': WEIGHTS });
    const { commit, files } = await wholePart(REPO, settings);
    const path = await downloadFile({ repo: REPO, commit, file: files[0] }, settings);
    assert.deepEqual(await readFile(path), WEIGHTS);
    assert.equal(server.contentRequests.length, 1);
  });

  test('a broken link is made whole', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const { file } = cachePlace(settings.cache, REPO, download.commit, download.file);
    await mkdir(dirname(file), { recursive: true });
    await symlink('../../blobs/gone', file);
    await downloadFile(download, settings);
    assert.deepEqual(await readFile(file), WEIGHTS);
  });

  test('progress adds up to the size, also over cuts and restarts', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.fail(CDN, { kind: 'cut', after: 70_000 });
    server.fail(CDN, { kind: 'whole' });
    let arrived = 0;
    await downloadFile(download, settings, undefined, bytes => (arrived += bytes));
    assert.equal(arrived, WEIGHTS.length);
  });
});

describe('resuming', () => {
  test('a cut connection goes on by a range, in the same run', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.fail(CDN, { kind: 'cut', after: 70_000 });
    server.fail(CDN, { kind: 'cut', after: 50_000 });
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    // What has arrived but was not yet read is lost with the connection: on a busy machine a range may begin earlier.
    const starts = ranges(server).map(startOf);
    assert.equal(starts.length, 3);
    assert.ok(
      starts[0] === 0 && starts[1] <= 70_000 && starts[2] > 0 && starts[2] <= starts[1] + 50_000,
      String(starts),
    );
  });

  test('more cuts than tries do no harm while each brings something', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.fail(CDN, { kind: 'cut', after: 20_000 }, 9);
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    assert.equal(server.contentRequests.length, 10);
  });

  test('what another run left is continued', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    await leavePartial(settings, download, WEIGHTS.subarray(0, 150_000));
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    assert.deepEqual(ranges(server), ['bytes=150000-']);
  });

  test('nothing is asked for where another run left all', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    await leavePartial(settings, download, WEIGHTS);
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    assert.deepEqual(ranges(server), []);
  });

  test('a server that ignores ranges, or answers with another one, gives the right file', async t => {
    for (const kind of ['whole', 'shifted'] as const) {
      const { server, settings } = await hubAndCache(t);
      const download = await weights(server, settings);
      await leavePartial(settings, download, WEIGHTS.subarray(0, 100_000));
      server.fail(CDN, { kind });
      assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS, kind);
    }
  });

  test('a partial file of other bytes, or too long a one, is replaced', async t => {
    for (const left of [noise(100_000, 7), noise(300_000, 7), noise(200_000, 7)]) {
      const { server, settings } = await hubAndCache(t);
      const download = await weights(server, settings);
      await leavePartial(settings, download, left);
      assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    }
  });

  test('a server with fewer bytes than have arrived (416) is asked from the start', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    await leavePartial(settings, download, WEIGHTS.subarray(0, 100_000));
    server.fail(CDN, { kind: 'status', status: 416 });
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    assert.deepEqual(ranges(server), ['bytes=100000-', undefined]);
  });

  test('a file that changed between two runs is not glued to the old one', async t => {
    const { server, settings } = await hubAndCache(t);
    const old = await weights(server, settings);
    await leavePartial(settings, old, WEIGHTS.subarray(0, 100_000));
    const changed = noise(200_000, 5);
    const download = await weights(server, settings, changed);
    assert.deepEqual(await readFile(await downloadFile(download, settings)), changed);
    assert.deepEqual(ranges(server), [undefined]);
  });

  test('a file that is another one than was listed is refused', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.resolveHeaders = { 'X-Linked-Etag': `"${sha256(noise(5))}"` };
    await assertFails(() => downloadFile(download, settings), 'file-damaged', 'model.safetensors', 'has changed');
    assert.equal(
      await presence(cachePlace(settings.cache, REPO, download.commit, download.file), WEIGHTS.length),
      'none',
    );
  });

  test('whatever goes wrong, the file is right or there is none', async t => {
    const fault = fc.oneof(
      fc.record({ kind: fc.constant('cut' as const), after: fc.nat(30_000) }),
      fc.constantFrom<Fault>(
        { kind: 'whole' },
        { kind: 'shifted' },
        { kind: 'corrupt' },
        { kind: 'status', status: 503 },
        { kind: 'status', status: 416 },
      ),
    );
    const { server, settings } = await hubAndCache(t);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), fc.nat(30_000), async (faults, left) => {
        const content = noise(30_000, ++round);
        const download = await weights(server, settings, content);
        await leavePartial(settings, download, content.subarray(0, left));
        server.clearFaults();
        for (const one of faults) server.fail(CDN, one);
        const path = await downloadFile(download, settings).catch(() => undefined);
        const { file, blob } = cachePlace(settings.cache, REPO, download.commit, download.file);
        if (path === undefined) {
          assert.equal(await stat(file).catch(() => undefined), undefined);
          assert.equal(await stat(blob).catch(() => undefined), undefined);
        } else {
          assert.deepEqual(await readFile(path), content);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('checksums', () => {
  test('wrong bytes once: the file is fetched again', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.fail(CDN, { kind: 'corrupt' });
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    assert.equal(server.contentRequests.length, 2);
  });

  test('wrong bytes each time: refused, and nothing of it is kept', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.fail(CDN, { kind: 'corrupt' }, 9);
    await assertFails(
      () => downloadFile(download, settings),
      'file-damaged',
      'model.safetensors',
      'checksum',
      'sha256',
    );
    assert.deepEqual(await contents(join(settings.cache, 'models--owner--name')), {});
  });

  test('of small files, too (git hash)', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add(REPO, { 'config.json': '{"a": 1}' });
    const { commit, files } = await wholePart(REPO, settings);
    server.fail(/config\.json$/, { kind: 'corrupt' }, 9);
    await assertFails(
      () => downloadFile({ repo: REPO, commit, file: files[0] }, settings),
      'file-damaged',
      'config.json',
      'git-sha1',
    );
  });

  test('more bytes than the hub lists: refused', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const shorter = { ...download, file: { ...download.file, size: 1000 } };
    await assertFails(() => downloadFile(shorter, settings), 'file-damaged', 'longer than the 1000 bytes');
  });
});

describe('interruptions', () => {
  test('cancelling keeps what has arrived, and the next run goes on there', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const controller = new AbortController();
    server.fail(CDN, { kind: 'silence', after: 80_000 });
    let arrived = 0;
    const work = downloadFile(download, settings, { signal: controller.signal }, bytes => {
      arrived += bytes;
      if (arrived === 80_000) controller.abort();
    });
    await assertFails(() => work, 'cancelled', 'cancelled');
    assert.deepEqual(await readFile(await downloadFile(download, settings)), WEIGHTS);
    assert.deepEqual(ranges(server), [undefined, 'bytes=80000-']);
  });

  test('cancelled before it begins', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    await assertFails(() => downloadFile(download, settings, { signal: AbortSignal.abort() }), 'cancelled');
    assert.equal(server.contentRequests.length, 0);
  });

  test('a silent server counts as cut', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    server.fail(CDN, { kind: 'silence', after: 80_000 });
    assert.deepEqual(await readFile(await downloadFile(download, { ...settings, silence: 200 })), WEIGHTS);
    server.fail(CDN, { kind: 'silence', after: 0 }, 9);
    const other = await weights(server, settings, noise(5000, 3));
    await assertFails(
      () => downloadFile(other, { ...settings, silence: 100 }),
      'network',
      'sent nothing for 0.1 seconds',
    );
  });

  test('a full disk is said so, and what has arrived is kept', { skip: process.platform !== 'linux' }, async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const { incomplete } = cachePlace(settings.cache, REPO, download.commit, download.file);
    await mkdir(dirname(incomplete), { recursive: true });
    // A device on which there is never any room.
    await symlink('/dev/full', incomplete);
    await assertFails(() => downloadFile(download, settings), 'disk-full', 'disk is full', '200000 bytes are missing');
    assert.ok((await lstat(incomplete)).isSymbolicLink());
  });

  test('a cache that cannot be written', async t => {
    const { server } = await hubAndCache(t);
    const file = join(await temporaryFolder(t), 'file');
    await writeFile(file, '');
    const settings = settingsFor(server, file);
    await assertFails(async () => downloadFile(await weights(server, settings), settings), 'file-write', file);
  });

  test('two at the same time fetch the file once', async t => {
    const { server, settings } = await hubAndCache(t);
    const download = await weights(server, settings);
    const paths = await Promise.all([downloadFile(download, settings), downloadFile(download, settings)]);
    assert.equal(paths[0], paths[1]);
    assert.equal(server.contentRequests.length, 1);
  });
});
