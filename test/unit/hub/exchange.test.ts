import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../../../src/checkpoint/hub/exchange.ts';
import { fileAddress } from '../../../src/checkpoint/hub/repository-files.ts';
import { assertFails } from '../../support/errors.ts';
import { hubAndCache, noise, wholePart } from './settings.ts';

const REPO = 'owner/name';

describe('an answer that is cancelled between two reads', { timeout: 30_000 }, () => {
  for (const length of [10_000, 70_000, 400_000]) {
    for (const pause of [0, 1, 50]) {
      test(`of ${length} bytes, after ${pause} ms`, async t => {
        const { server, settings } = await hubAndCache(t);
        server.add(REPO, { 'a.safetensors': noise(length) });
        const { commit } = await wholePart(REPO, settings);
        const controller = new AbortController();
        const address = fileAddress(REPO, commit, 'a.safetensors', settings);
        const answer = await send(address, {}, { repo: REPO }, settings, { signal: controller.signal });
        const chunks = answer.chunks[Symbol.asyncIterator]();
        const first = await chunks.next();
        assert.ok(first.done !== true && first.value.length > 0);
        await sleep(pause);
        controller.abort();
        await sleep(pause);
        await assertFails(() => chunks.next(), 'cancelled');
        await answer.end();
      });
    }
  }
});
