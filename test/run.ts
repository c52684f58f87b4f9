/**
 * Runs the test files with node's own runner and ends with the plain line `N passed, N failed`.
 *
 *   npx tsx test/run.ts                  every *.test.ts under test/
 *   npx tsx test/run.ts unit/onnx parity only the files whose path contains one of the words
 */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = import.meta.dirname;
const words = process.argv.slice(2);
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts') && (words.length === 0 || words.some(word => name.includes(word))))
  .map(name => join(root, name))
  .sort();

/**
 * They drive a browser and wait for what they see: one after the other, when nothing else runs. A file that fails is run
 * once more, with a line that says so: what a busy machine made too slow passes then, what is broken fails twice.
 */
const WINDOWS = /^(e2e|vscode|webview)\b/;
const alone = files.filter(file => WINDOWS.test(relative(root, file)));
const together = files.filter(file => !alone.includes(file));

/** In milliseconds: a file that waits for ever is ended, and counts as failed. */
const LONGEST_FILE = 20 * 60_000;

let passed = 0;
let failed = 0;
let failures: string[] = [];
await runFiles(together, process.env.CI === undefined ? 1 : 2);
for (const file of alone) {
  const before = { passed, failed, failures: [...failures] };
  await runFiles([file], 1);
  if (failed === before.failed) continue;
  ({ passed, failed, failures } = before);
  console.log(`${relative(root, file)} failed, and is run once more`);
  await runFiles([file], 1);
}
if (passed === 0) failed++;
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function runFiles(paths: readonly string[], concurrency: number): Promise<void> {
  if (paths.length === 0) return;
  const stream = run({ files: [...paths], concurrency, timeout: LONGEST_FILE });
  // A file and a suite are events too: only leaves (details.type is undefined) count as tests.
  stream.on('test:pass', event => {
    if (event.details.type !== 'suite' && !isFile(event)) passed++;
  });
  stream.on('test:fail', event => {
    if (event.details.type === 'suite') return;
    failed++;
    failures.push(`${relative(root, event.file ?? '')}: ${event.name}: ${event.details.error.message.split('\n')[0]}`);
  });
  const report = stream.pipe(new spec());
  for await (const text of report) process.stdout.write(text as string);
}

function isFile(event: { name: string }): boolean {
  return event.name.endsWith('.test.ts');
}
