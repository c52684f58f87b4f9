import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHubId } from '../../../src/checkpoint/hub/hub-id.ts';
import { PUBLISHED_SETS, publishedSet, setsWith } from '../../../src/checkpoint/hub/published-sets.ts';

describe('the list of published sets', () => {
  test('names are different, and none is taken for a hub id with an owner', () => {
    const names = PUBLISHED_SETS.map(({ name }) => name.toLowerCase());
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z0-9.-]+$/);
  });

  test('every id is one', () => {
    for (const { model, dictionary } of PUBLISHED_SETS) {
      for (const id of [model, dictionary]) assert.deepEqual(parseHubId(id), { repo: id });
    }
  });

  test("circuit-tracer's list is complete", () => {
    // Its README, "Available Transcoders".
    const published = [
      'mntss/gemma-scope-transcoders',
      'mntss/clt-gemma-2-2b-426k',
      'mntss/clt-gemma-2-2b-2.5M',
      'mntss/transcoder-Llama-3.2-1B',
      'mntss/clt-llama-3.2-1b-524k',
      'mwhanna/qwen3-0.6b-transcoders-lowl0',
      'mwhanna/qwen3-1.7b-transcoders-lowl0',
      'mwhanna/qwen3-4b-transcoders',
      'mwhanna/qwen3-8b-transcoders',
      'mwhanna/qwen3-14b-transcoders-lowl0',
      'mntss/clt-131k',
      'facebook/crv-8b-instruct-transcoders',
      ...['270m', '1b', '4b', '12b', '27b'].flatMap(size =>
        ['pt', 'it'].map(kind => `mwhanna/gemma-scope-2-${size}-${kind}`),
      ),
    ];
    assert.deepEqual(PUBLISHED_SETS.map(({ dictionary }) => dictionary).sort(), published.sort());
  });

  test('by name and by repository, in any case', () => {
    assert.equal(publishedSet('QWEN3-0.6b')?.model, 'Qwen/Qwen3-0.6B');
    assert.equal(publishedSet('gemma-3-270m-pt')?.model, 'google/gemma-3-270m');
    assert.equal(publishedSet('none'), undefined);
    assert.equal(setsWith('google/gemma-2-2b').length, 3);
    assert.deepEqual(
      setsWith('mntss/clt-131k').map(({ name }) => name),
      ['gpt-oss-20b-clt-131k'],
    );
  });
});
