/**
 * Runs test/vscode/suite with mocha inside the real extension host, through @vscode/test-electron. SUITES="damage places"
 * runs some of them.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { bundleSuite, type SuiteReport } from './bundle-suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('in the extension host', () => {
  let folder: string;
  let report: SuiteReport;

  before(
    async () => {
      await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT });
      folder = await mkdtemp(join(tmpdir(), 'circuit-host-'));
      await cp(join(ROOT, 'test', 'vscode', 'workspace'), join(folder, 'workspace'), { recursive: true });
      const reportFile = join(folder, 'report.json');
      process.env.CIRCUIT_TEST_REPORT = reportFile;
      const tests = await bundleSuite(join(ROOT, '.work', 'suite'), process.env.SUITES?.split(' '));
      const code = await runTests({
        // An installed desktop VS Code serves as well: VSCODE_EXECUTABLE=/usr/share/code/code.
        vscodeExecutablePath: process.env.VSCODE_EXECUTABLE ?? join(ROOT, 'test', 'workbench', 'code-shim.sh'),
        extensionDevelopmentPath: ROOT,
        extensionTestsPath: tests,
        launchArgs: [join(folder, 'workspace')],
      }).catch((error: unknown) => String(error));
      report = JSON.parse(await readFile(reportFile, 'utf8').catch(() => 'null')) as SuiteReport;
      assert.ok(report !== null, `the suite wrote no report; the host ended with ${code}`);
    },
    { timeout: 10 * 60_000 },
  );

  after(async () => rm(folder, { recursive: true, force: true }));

  test('every test of the suite passed', () => {
    for (const { title, seconds, error } of report.tests) {
      console.log(`  ${error === null ? 'passed' : 'FAILED'} ${title} (${seconds.toFixed(1)} s)`);
    }
    const failures = report.tests.filter(({ error }) => error !== null);
    assert.deepEqual(failures, []);
    assert.ok(report.tests.length > 0, 'the suite ran no tests');
    assert.equal(report.finished, true);
  });
});
