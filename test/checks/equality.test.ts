/** docs/equality.md says which test holds each fact: these tests must be there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('every test that docs/equality.md names is there, and every fact names one', () => {
  const lines = readFileSync(join(root, 'docs/equality.md'), 'utf8').split('\n');
  const facts = lines.filter(line => line.startsWith('|') && !/^\| (fact|-)/.test(line));
  assert.ok(facts.length > 40, `${facts.length} facts`);
  for (const fact of facts) {
    const tests = [
      ...fact
        .split('|')
        .at(-2)!
        .matchAll(/`([^`]+)`/g),
    ].map(([, name]) => name);
    assert.ok(tests.length > 0, fact);
    for (const name of tests) assert.ok(existsSync(join(root, 'test', `${name}.test.ts`)), `test/${name}.test.ts`);
  }
});
