import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { build } from 'esbuild';

/** What the suite writes to the file that CIRCUIT_TEST_REPORT names. */
export interface SuiteReport {
  readonly tests: readonly { readonly title: string; readonly seconds: number; readonly error: string | null }[];
  /** False when the run broke off. */
  readonly finished: boolean;
}

/**
 * Bundles suite/*.suite.ts with its runner for the extension host; returns the runner's path. `words`: only the suites
 * whose names contain one of them.
 */
export async function bundleSuite(outdir: string, words: readonly string[] = ['']): Promise<string> {
  const suite = join(import.meta.dirname, 'suite');
  const names = (await readdir(suite))
    .filter(name => name.endsWith('.suite.ts') && words.some(word => name.includes(word)))
    .sort();
  const entry = names.map(name => `import './${name}';`).join('\n');
  await build({
    entryPoints: { 'run-suite': join(suite, 'run-suite.ts') },
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    mainFields: ['module', 'main'],
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [
      {
        name: 'all-suites',
        setup(plugin) {
          plugin.onResolve({ filter: /^all-suites$/ }, () => ({ path: 'all-suites', namespace: 'suites' }));
          plugin.onLoad({ filter: /.*/, namespace: 'suites' }, () => ({ contents: entry, resolveDir: suite }));
        },
      },
    ],
  });
  return join(outdir, 'run-suite.cjs');
}
