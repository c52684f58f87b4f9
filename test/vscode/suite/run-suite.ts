/** Runs in the extension host: mocha over all suites, with a report in a file. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import type { SuiteReport } from '../bundle-suite.ts';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 180_000, reporter: 'spec', color: false });
  mocha.suite.emit('pre-require', globalThis, 'all-suites', mocha);
  // After the globals are there; a static import would be too early.
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
  require('all-suites');
  const tests: SuiteReport['tests'][number][] = [];
  const note = (test: Mocha.Test, error: Error | null): void => {
    const seconds = (test.duration ?? 0) / 1000;
    tests.push({ title: test.fullTitle(), seconds, error: error === null ? null : (error.stack ?? error.message) });
    save(tests, false);
  };
  await new Promise<void>(done => {
    mocha
      .run(() => done())
      .on('pass', test => note(test, null))
      .on('fail', (test, error) => note(test, error as Error));
  });
  save(tests, true);
  const failed = tests.filter(({ error }) => error !== null).length;
  if (failed > 0) throw new Error(`${failed} tests failed`);
}

function save(tests: SuiteReport['tests'], finished: boolean): void {
  const report: SuiteReport = { tests, finished };
  writeFileSync(process.env.CIRCUIT_TEST_REPORT ?? '', JSON.stringify(report));
}
