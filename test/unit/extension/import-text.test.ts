import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downloadText, isHubId, obstacles, setDetail, shownBytes } from '../../../extension/model/import-text.ts';

test('sizes in two digits, in the units of disks', () => {
  const shown = [0, 999, 1000, 1234, 99_949, 5_346_000_000, 160 * 2 ** 30, 2e15].map(shownBytes);
  assert.deepEqual(shown, ['0 B', '999 B', '1.0 kB', '1.2 kB', '100 kB', '5.3 GB', '172 GB', '2000 TB']);
});

test('what does not fit is said before it is fetched; what is not known is no obstacle', () => {
  const estimate = { items: [], total: 10, missing: 8, free: 20, memory: 5, machineMemory: 16 };
  assert.deepEqual(obstacles(estimate), []);
  assert.deepEqual(obstacles({ ...estimate, free: 7 }), ['disk']);
  assert.deepEqual(obstacles({ ...estimate, memory: 17 }), ['memory']);
  assert.deepEqual(obstacles({ ...estimate, missing: 1e9, free: null, memory: null }), []);
});

test('progress of a download', () => {
  const report = { token: 1, stage: 'download', done: 1.2e9, total: 5.3e9 };
  assert.equal(downloadText(report), 'download: 1.2 GB / 5.3 GB');
  assert.equal(downloadText({ ...report, done: 1, total: 3 }), 'download');
  assert.equal(downloadText({ ...report, total: null }), 'download');
});

test('a published set says its repositories, the size of its dictionary and what it asks for', () => {
  const words = { size: (bytes: number) => `dictionary ${shownBytes(bytes)}`, several: 'several', gated: 'an account' };
  const set = {
    name: 's',
    title: 'S',
    model: 'a/m',
    dictionary: 'b/d',
    kind: 'per-layer',
    gated: false,
    here: false,
  } as const;
  assert.equal(setDetail(set, undefined, words), 'a/m, b/d');
  assert.equal(setDetail(set, 2e9, words), 'a/m, b/d · dictionary 2.0 GB');
  assert.equal(
    setDetail({ ...set, dictionaryBytes: 3e9, gated: true }, 2e9, words),
    'a/m, b/d · dictionary 3.0 GB · an account',
  );
  assert.equal(setDetail({ ...set, folders: true }, undefined, words), 'a/m, b/d · several');
});

test('ids of the hub', () => {
  for (const id of ['gpt2', 'owner/name', 'owner/name@refs/pr/1', 'owner/na.me//a/b@main']) assert.ok(isHubId(id), id);
  for (const text of ['', 'a b', 'owner/', 'a/b/c', '/etc', 'https://hub/a/b']) assert.ok(!isHubId(text), text);
});
