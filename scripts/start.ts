/**
 * What `npm start` runs after a build. Without arguments it opens the extension on a copy of the sample workspace: in
 * desktop VS Code where `code` is on the PATH, else in the workbench of the VS Code server that npm brings, whose address
 * is printed (Linux on x64). With arguments it traces a prompt in the terminal, as `npm run trace` does:
 *
 *   npm start -- "the opposite of small in French is"
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { name, publisher, version } from '../package.json';
import { startServer } from '../test/workbench/server.ts';
import { remoteUri, workbenchUrl } from '../test/workbench/workbench.ts';

const root = join(import.meta.dirname, '..');
const SAMPLE = join(root, 'media', 'sample-workspace');

const PROMPTS = 'prompts.md';
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a person who looks around wants, unlike a test. */
const SETTINGS = { 'editor.wordWrap': 'on', 'workbench.reduceMotion': 'auto' };

const asked = process.argv.slice(2);
if (asked.length > 0) traceInTerminal(asked);
else await openExtension();

function traceInTerminal(words: readonly string[]): void {
  const child = spawn(process.execPath, [join(root, 'dist', 'circuit.js'), 'demo', ...words], { stdio: 'inherit' });
  // Ctrl-C reaches the command itself, which says what it broke off.
  for (const signal of ENDINGS) process.on(signal, () => child.kill(signal));
  child.once('exit', code => (process.exitCode = code ?? 1));
}

async function openExtension(): Promise<void> {
  if (isOnPath('code')) {
    await openDesktop();
  } else if (process.platform === 'linux' && process.arch === 'x64') {
    await openServer();
  } else {
    process.stderr.write(
      'VS Code is not on the PATH: install it (in VS Code: "Shell Command: Install \'code\' command in PATH").\n' +
        'Without it `npm run trace` traces a prompt in the terminal.\n',
    );
    process.exitCode = 1;
  }
}

async function openDesktop(): Promise<void> {
  const folder = await workspace();
  const isWindows = process.platform === 'win32';
  const paths = [`--extensionDevelopmentPath=${root}`, folder, join(folder, PROMPTS)];
  // cmd.exe, which a .cmd file needs, splits at spaces.
  spawn('code', isWindows ? paths.map(path => `"${path}"`) : paths, { stdio: 'inherit', shell: isWindows });
}

/** Until Ctrl-C, which ends the server with all that it started. */
async function openServer(): Promise<void> {
  const folder = await workspace();
  const server = await startServer({ link: [root, `${publisher}.${name}-${version}`], settings: SETTINGS });
  const prompts = [['openFile', remoteUri(server.port, join(folder, PROMPTS))]];
  console.log(`\nCircuit Explorer is open at\n\n  ${workbenchUrl(server, folder, prompts)}\n\nCtrl-C ends it.`);
  let ending: Promise<void> | undefined;
  // A terminal and npm both pass Ctrl-C on: the second must not end this before the first is done.
  for (const signal of ENDINGS) {
    process.on(signal, () => {
      ending ??= server.stop().then(() => process.exit(0));
    });
  }
}

/** A copy of the sample, which is kept from one time to the next. */
async function workspace(): Promise<string> {
  const copy = join(root, '.sample-workspace');
  if (!existsSync(join(copy, PROMPTS))) await cp(SAMPLE, copy, { recursive: true });
  return copy;
}

function isOnPath(command: string): boolean {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some(path => endings.some(ending => existsSync(join(path, command + ending))));
}
