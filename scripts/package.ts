/**
 * Packs the extension for one platform: `tsx scripts/package.ts [--target linux-x64] [--out FILE.vsix]`, after a build.
 * What goes in is put together in a folder of its own: dist/ without the command line, media, the embedded model, ONNX
 * Runtime with the binaries of that platform alone, licences.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { thirdPartyNotices } from './third-party-notices.ts';
import { translatableTexts } from './translatable-texts.ts';

/** Platforms of VS Code that ONNX Runtime has binaries for, and where they are. */
const TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux/x64',
  'linux-arm64': 'linux/arm64',
  'win32-x64': 'win32/x64',
  'win32-arm64': 'win32/arm64',
  'darwin-arm64': 'darwin/arm64',
};

/** The same library again, under a name that nothing asks for. */
const DUPLICATES = new Set(['libonnxruntime.1.30.0.dylib']);

const root = join(import.meta.dirname, '..');

const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
const target = values.target ?? `${process.platform}-${process.arch}`;
const binaries = TARGETS[target];
if (binaries === undefined) {
  process.stderr.write(`There is no target "${target}": ${Object.keys(TARGETS).join(', ')}.\n`);
  process.exit(2);
}
const out = resolve(values.out ?? join(root, 'dist', `circuit-explorer-${target}.vsix`));

const stage = await mkdtemp(join(tmpdir(), 'circuit-vsix-'));
try {
  await fill(stage);
  await createVSIX({
    cwd: stage,
    target,
    packagePath: out,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    skipLicense: true,
  });
  const { size } = await stat(out);
  process.stdout.write(`${out}: ${(size / 1e6).toFixed(1)} MB\n`);
} finally {
  await rm(stage, { recursive: true, force: true });
}

async function fill(folder: string): Promise<void> {
  for (const name of ['LICENSE', 'README.md', 'media', 'package.nls.json']) await copy(name, folder);
  await mkdir(join(folder, 'l10n'));
  const texts = await translatableTexts(join(root, 'extension'), join(root, 'webview'));
  await writeFile(join(folder, 'l10n', 'bundle.l10n.json'), JSON.stringify(texts, null, 2));
  await mkdir(join(folder, 'dist'));
  for (const name of [...(await reachable('engine.js')), 'extension.cjs', 'embedded.json']) {
    await copy(join('dist', name), folder);
  }
  await copy(join('dist', 'webview'), folder);
  for (const name of ['model', 'dictionary', 'README.md']) await copy(join('models', 'pack', name), folder);
  await onnxRuntime(folder);
  const bundled = JSON.parse(await readFile(join(root, 'dist', 'packages.json'), 'utf8')) as string[];
  const notices = await thirdPartyNotices(join(root, 'node_modules'), [
    ...bundled,
    'onnxruntime-common',
    'onnxruntime-node',
  ]);
  await writeFile(join(folder, 'ThirdPartyNotices.txt'), notices);
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { version } = JSON.parse(await readFile(join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8')) as {
    version: string;
  };
  const kept = without(manifest, ['bin', 'scripts', 'devDependencies', 'private']);
  const packed = { ...kept, dependencies: { 'onnxruntime-node': version } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(packed, null, 2));
}

/** A file of dist/ and all chunks that it imports, by name. */
async function reachable(entry: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(entry)) return found;
  found.add(entry);
  const text = await readFile(join(root, 'dist', entry), 'utf8');
  for (const [, name] of text.matchAll(/["']\.\/([\w.-]+\.js)["']/g)) await reachable(name, found);
  return found;
}

/** The runtime as it is loaded: JavaScript without types and maps, and one platform's binaries. */
async function onnxRuntime(folder: string): Promise<void> {
  const isNeeded = (path: string): boolean => !/\.(d\.ts|map)$/.test(path) && !DUPLICATES.has(basename(path));
  for (const name of ['onnxruntime-common', 'onnxruntime-node']) {
    const from = join(root, 'node_modules', name);
    const to = join(folder, 'node_modules', name);
    await cp(join(from, 'dist'), join(to, 'dist'), { recursive: true, filter: isNeeded });
    const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as Record<string, unknown>;
    // The other dependencies are what its install script downloads CUDA with.
    const needed = manifest.dependencies === undefined ? {} : { 'onnxruntime-common': manifest.version };
    const packed = { ...without(manifest, ['scripts', 'devDependencies']), dependencies: needed };
    await writeFile(join(to, 'package.json'), JSON.stringify(packed, null, 2));
  }
  const bin = join('node_modules', 'onnxruntime-node', 'bin', 'napi-v6', binaries);
  await cp(join(root, bin), join(folder, bin), { recursive: true, filter: isNeeded });
}

function without(manifest: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !fields.includes(name)));
}

async function copy(name: string, folder: string): Promise<void> {
  const from = join(root, name);
  const isThere = await readdir(join(from, '..')).then(names => names.includes(basename(name)));
  if (isThere) await cp(from, join(folder, name), { recursive: true });
}
