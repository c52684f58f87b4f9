import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { downloadFile } from '../../../src/checkpoint/hub/download-file.ts';
import { isExcepted } from '../../../src/checkpoint/hub/proxied-fetch.ts';
import { commitOfRevision } from '../../../src/checkpoint/hub/repository-files.ts';
import { assertFails } from '../../support/errors.ts';
import { hubAndCache, noise, wholePart } from './settings.ts';

/** A proxy that opens tunnels for whoever gives the password. */
async function proxy(test: TestContext, { password, status = 200 }: { password?: string; status?: number } = {}) {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '', headers }, client, head) => {
    client.on('error', () => undefined);
    asked.push(url);
    const given = headers['proxy-authorization'];
    if (password !== undefined && given !== `Basic ${Buffer.from(password).toString('base64')}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  test.after(() => server.close());
  return { asked, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('proxies of the environment', () => {
  test('listings and files, redirected ones too, go through it, and resume', async t => {
    const { server, settings } = await hubAndCache(t);
    const { asked, host } = await proxy(t);
    const content = noise(200_000);
    server.add('owner/name', { 'model.safetensors': content });
    server.fail(/^\/cdn\//, { kind: 'cut', after: 70_000 });
    const through = { ...settings, proxy: { http: `http://${host}`, https: undefined, except: undefined } };
    const { commit, files } = await wholePart('owner/name', through);
    const path = await downloadFile({ repo: 'owner/name', commit, file: files[0] }, through);
    assert.deepEqual(await readFile(path), content);
    assert.equal(new Set(asked).size, 2, 'the hub and the machine with the bytes');
    assert.equal(server.contentRequests.length, 2, 'the cut connection was not gone on with');
  });

  test('NO_PROXY keeps it out', async t => {
    const { server, settings } = await hubAndCache(t);
    const { asked, host } = await proxy(t);
    const commit = server.add('owner/name', { 'a.json': '{}' });
    const past = { ...settings, proxy: { http: `http://${host}`, https: undefined, except: '127.0.0.1' } };
    assert.equal(await commitOfRevision('owner/name', 'main', past), commit);
    assert.deepEqual(asked, []);
  });

  test('NO_PROXY as curl reads it', () => {
    const out = (url: string, except: string) => isExcepted(new URL(url), except);
    for (const except of [
      '*',
      'huggingface.co',
      '.huggingface.co',
      '*.co, a.b',
      'a.b huggingface.co',
      'HuggingFace.co:443',
      'co',
    ]) {
      assert.ok(out('https://huggingface.co/a', except), except);
    }
    for (const except of ['', 'face.co', 'huggingface.co:80', 'cdn.huggingface.co', 'a.b,c.d']) {
      assert.ok(!out('https://huggingface.co/a', except), except);
    }
    assert.ok(out('https://cdn.huggingface.co/a', 'huggingface.co'));
    assert.ok(out('http://127.0.0.1:8080/a', '127.0.0.1'));
    assert.ok(!isExcepted(new URL('http://a'), undefined));
  });

  test('one that wants a password says so; with it, it works', async t => {
    const { server, settings } = await hubAndCache(t);
    const { host } = await proxy(t, { password: 'ada:secret' });
    const commit = server.add('owner/name', { 'a.json': '{}' });
    const ask = (address: string) =>
      commitOfRevision('owner/name', 'main', {
        ...settings,
        proxy: { http: address, https: undefined, except: undefined },
      });
    await assertFails(() => ask(`http://${host}`), 'network', 'asks for a name and a password', host);
    const error: unknown = await ask(`http://ada:wrong@${host}`).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error && !error.message.includes('wrong'), 'the password is in the message');
    assert.equal(await ask(`http://ada:secret@${host}`), commit);
  });

  test('one that refuses, one that is not there, one of another kind', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add('owner/name', { 'a.json': '{}' });
    const ask = (address: string) =>
      commitOfRevision('owner/name', 'main', {
        ...settings,
        proxy: { http: address, https: undefined, except: undefined },
      });
    const { host } = await proxy(t, { status: 403 });
    await assertFails(() => ask(`http://${host}`), 'network', 'refuses to connect', '403');
    await assertFails(() => ask('http://127.0.0.1:1'), 'network', 'through the proxy http://127.0.0.1:1', 'refused');
    await assertFails(() => ask('socks5://127.0.0.1:1080'), 'network', 'cannot be used');
  });
});
