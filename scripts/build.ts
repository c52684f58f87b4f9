/** Bundles the command line into dist/: `tsx scripts/build.ts`. Well under a second. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const { outputFiles } = await build({
  absWorkingDir: root,
  // Each command is a chunk of its own, loaded when it is called.
  entryPoints: { circuit: 'src/cli/main.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Native; found in node_modules from dist/.
  external: ['onnxruntime-node', 'onnxruntime-common'],
  // yaml is a CommonJS package that requires node's own modules.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
});

// Renamed into place: whoever starts the program meanwhile gets the old or the new one, whole.
await mkdir(dist, { recursive: true });
for (const { path, contents } of outputFiles) {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, contents, { mode: basename(path) === 'circuit.js' ? 0o755 : 0o644 });
  await rename(temporary, path);
}
const current = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of await readdir(dist)) {
  if (!current.has(name) && name.endsWith('.js')) await rm(join(dist, name), { force: true });
}
