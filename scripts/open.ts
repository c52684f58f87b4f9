/**
 * Opens the extension on a copy of the sample workspace: in desktop VS Code where `code` is on the PATH, else in the
 * workbench of the VS Code server that npm brings, whose address is printed (Linux on x64). After a build.
 *
 *   npm run open [-- FOLDER]      another folder than the sample, whose prompts are opened
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { name, publisher, version } from '../package.json';
import { startServer } from '../test/workbench/server.ts';
import { remoteUri, workbenchUrl } from '../test/workbench/workbench.ts';

const root = join(import.meta.dirname, '..');
const SAMPLE = join(root, 'media', 'sample-workspace');

/** What a person who looks around wants, unlike a test. */
const SETTINGS = { 'editor.wordWrap': 'on', 'workbench.reduceMotion': 'auto' };

const folder = await workspace();
const prompts = join(folder, 'prompts.md');
const hasPrompts = existsSync(prompts);
if (isOnPath('code')) {
  const isWindows = process.platform === 'win32';
  const paths = [`--extensionDevelopmentPath=${root}`, folder, ...(hasPrompts ? [prompts] : [])];
  // cmd.exe, which a .cmd file needs, splits at spaces.
  spawn('code', isWindows ? paths.map(path => `"${path}"`) : paths, { stdio: 'inherit', shell: isWindows });
} else if (process.platform !== 'linux' || process.arch !== 'x64') {
  process.stderr.write(
    'VS Code is not on the PATH: install it (in VS Code: "Shell Command: Install \'code\' command in PATH").\n' +
      'Without it npm run trace traces a prompt in the terminal.\n',
  );
  process.exitCode = 1;
} else {
  const server = await startServer({ link: [root, `${publisher}.${name}-${version}`], settings: SETTINGS });
  const opened = hasPrompts ? [['openFile', remoteUri(server.port, prompts)]] : undefined;
  console.log(`\nCircuit Explorer is open at\n\n  ${workbenchUrl(server, folder, opened)}\n\nCtrl-C ends it.`);
  process.once('SIGINT', () => void server.stop().then(() => process.exit(0)));
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
}

/** The folder that was asked for, else a copy of the sample, which is kept from one time to the next. */
async function workspace(): Promise<string> {
  const asked = process.argv.at(2);
  if (asked !== undefined) return resolve(asked);
  const copy = join(root, '.sample-workspace');
  if (!existsSync(copy)) await cp(SAMPLE, copy, { recursive: true });
  return copy;
}

function isOnPath(command: string): boolean {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some(path => endings.some(ending => existsSync(join(path, command + ending))));
}
