/**
 * Runs the test files with node's own runner and ends with the plain line `N passed, N failed`.
 *
 *   npx tsx test/run.ts                  every *.test.ts under test/
 *   npx tsx test/run.ts unit/onnx parity only the files whose path contains one of the words
 */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;
const words = process.argv.slice(2);
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts') && (words.length === 0 || words.some(word => name.includes(word))))
  .map(name => join(root, name))
  .sort();

let passed = 0;
let failed = 0;
const stream = run({ files, concurrency: process.env.CI === undefined ? 1 : 2 });
// A file and a suite are events too: only leaves (details.type is undefined) count as tests.
stream.on('test:pass', event => {
  if (event.details.type !== 'suite' && !isFile(event)) passed++;
});
stream.on('test:fail', event => {
  if (event.details.type !== 'suite') failed++;
});
stream.pipe(new spec()).pipe(process.stdout, { end: false });
stream.on('end', () => {
  process.stdout.write('', () => {
    setImmediate(() => {
      if (passed === 0) failed++;
      console.log(`${passed} passed, ${failed} failed`);
      process.exitCode = failed > 0 ? 1 : 0;
    });
  });
});

function isFile(event: { name: string }): boolean {
  return event.name.endsWith('.test.ts');
}
