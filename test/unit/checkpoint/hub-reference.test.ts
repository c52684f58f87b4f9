import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHubReference } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';

describe('references to the hub', () => {
  test('the forms of config.yaml, of graphs and of command lines', () => {
    const at = (text: string) => {
      const { repo, revision, path } = parseHubReference(text);
      return [repo, revision, path];
    };
    assert.deepEqual(at('hf://google/gemma-scope-2b-pt-transcoders/layer_0/width_16k/average_l0_76/params.npz'), [
      'google/gemma-scope-2b-pt-transcoders',
      undefined,
      'layer_0/width_16k/average_l0_76/params.npz',
    ]);
    assert.deepEqual(at('hf://a/b/c/d.npz?revision=refs%2Fpr%2F1'), ['a/b', 'refs/pr/1', 'c/d.npz']);
    assert.deepEqual(at('hf://a/b@v1/c/d.npz'), ['a/b', 'v1', 'c/d.npz']);
    assert.deepEqual(at('mntss/clt-gemma-2-2b-2.5M'), ['mntss/clt-gemma-2-2b-2.5M', undefined, undefined]);
    assert.deepEqual(at('a/b//c/d@0ff'), ['a/b', '0ff', 'c/d']);
    assert.deepEqual(at('a/b/c@refs/pr/2'), ['a/b', 'refs/pr/2', 'c']);
    assert.deepEqual(at('hf://a/b/'), ['a/b', undefined, undefined]);
  });

  test('others are quoted', async () => {
    const others = [
      '',
      'a',
      'hf://a',
      'a/b/../c',
      'hf://a/b/../../x',
      '../b',
      'a/b@../x',
      'https://x.y/a/b',
      'hf:///a/b',
    ];
    for (const text of others) await assertFails(() => parseHubReference(text), 'usage', `"${text}"`);
  });
});
