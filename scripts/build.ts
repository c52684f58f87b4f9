/** Bundles everything that runs into dist/: `tsx scripts/build.ts`. About a second. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { build, type BuildOptions, type OutputFile } from 'esbuild';
import { openCheckpoint } from '../src/checkpoint/index.ts';
import { openDictionary } from '../src/dictionary/index.ts';
import { embeddedPack } from '../src/trace/embedded-pack.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} as const satisfies BuildOptions;

/** Native; found in node_modules from dist/. */
const external = ['onnxruntime-node', 'onnxruntime-common'];

/** The command line and the engine's process. Each command is a chunk of its own, loaded when it is called. */
const programs: BuildOptions = {
  ...common,
  entryPoints: { circuit: 'src/cli/main.ts', engine: 'src/engine/main.ts' },
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external,
  // yaml is a CommonJS package that requires node's own modules.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
};

/** The extension host loads CommonJS. What is imported dynamically is only run when it is needed. */
const extension: BuildOptions = {
  ...common,
  entryPoints: { extension: 'extension/extension.ts' },
  // jsonc-parser's CommonJS build loads its parts by a require that cannot be bundled.
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['vscode', ...external],
};

/** The pages of panels: one script and one style sheet each. */
const pages: BuildOptions = {
  ...common,
  entryPoints: {
    'webview/graph': 'webview/graph/main.tsx',
    'webview/card': 'webview/card/main.tsx',
  },
  format: 'iife',
  platform: 'browser',
  target: 'chrome128',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  loader: { '.svg': 'text' },
};

const packages = new Set<string>();
const outputs = (await Promise.all([programs, extension, pages].map(bundle))).flat();
for (const { path, contents } of outputs) await put(path, contents);
await put(join(dist, 'embedded.json'), JSON.stringify(await embeddedIdentity()));
// Whose licences go with the program (scripts/package.ts).
await put(join(dist, 'packages.json'), JSON.stringify([...packages].sort()));

const current = new Set(outputs.map(({ path }) => relative(dist, path)));
for (const name of await readdir(dist, { recursive: true })) {
  if (!current.has(name) && /\.(c?js|css)$/.test(name)) await rm(join(dist, name), { force: true });
}

/** Renamed into place: whoever starts the program meanwhile gets the old or the new one, whole. */
async function put(path: string, contents: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, contents, { mode: basename(path) === 'circuit.js' ? 0o755 : 0o644 });
  await rename(temporary, path);
}

/** The hashes of the pair that comes with the program: the extension knows its investigations without opening it. */
async function embeddedIdentity(): Promise<{ model: string; dictionary: string }> {
  const pack = embeddedPack();
  const [checkpoint, dictionary] = [await openCheckpoint(pack.model), await openDictionary(pack.dictionary)];
  return { model: await checkpoint.identity(), dictionary: await dictionary.identity() };
}

async function bundle(options: BuildOptions): Promise<OutputFile[]> {
  const entries = Object.entries(options.entryPoints as Record<string, string>);
  const present = entries.filter(([, path]) => existsSync(join(root, path)));
  if (present.length === 0) return [];
  const built = await build({ ...options, entryPoints: Object.fromEntries(present), write: false, metafile: true });
  for (const input of Object.keys(built.metafile.inputs)) {
    const name = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name !== undefined) packages.add(name);
  }
  return built.outputFiles;
}
