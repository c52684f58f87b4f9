import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NODE_COMMAND_OPTIONS } from '../../../src/engine/heap-options.ts';

test('the command is started with the options of the engine’s process', () => {
  const [line] = readFileSync(join(import.meta.dirname, '../../../src/cli/main.ts'), 'utf8').split('\n');
  assert.equal(line, `#!/usr/bin/env -S node ${NODE_COMMAND_OPTIONS.join(' ')}`);
});
