import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../../src/cli/frame/nearest.ts';

const WORDS = ['trace', 'predict', 'graph', 'features list', 'model', 'max-logits', 'max-feature-nodes'];

test('the nearest word is found through one slip of each kind', () => {
  assert.equal(nearest('trcae', WORDS), 'trace', 'swap');
  assert.equal(nearest('tracee', WORDS), 'trace', 'insertion');
  assert.equal(nearest('trce', WORDS), 'trace', 'deletion');
  assert.equal(nearest('trade', WORDS), 'trace', 'replacement');
  assert.equal(nearest('max-feature', WORDS), 'max-feature-nodes', 'beginning');
});

test('what is not near has no nearest', () => {
  assert.equal(nearest('investigate', WORDS), undefined);
  assert.equal(nearest('x', WORDS), undefined);
  assert.equal(nearest('', WORDS), undefined);
});
