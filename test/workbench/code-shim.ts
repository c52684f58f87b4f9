/**
 * Stands in for the VS Code desktop executable, where that cannot be downloaded: takes the arguments that
 * @vscode/test-electron passes and runs the tests inside the Node extension host of the VS Code server, with Chromium
 * as its window. Exit code 0 only if the tests ran to their end: VS Code itself reports 0 when its extension host dies.
 */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { launchBrowser } from './browser.ts';
import { startServer } from './server.ts';
import { remoteUri, workbenchUrl } from './workbench.ts';

/** The workbench's own talk. */
const CHATTER =
  /open-vsx\.org|\[(remote-connection|reconnection|AccountPolicyGate|AgentHost|Service Worker)|connection token|Creating a socket|builtin extensions cache|authentication provider 'github'|spdlog|native-watchdog|DefaultAccount/;
const LIMIT = 9 * 60_000;
const DIED = 70;
const TOO_LONG = 71;

const options = new Map<string, string>();
const rest: string[] = [];
for (const argument of process.argv.slice(2)) {
  const match = /^--([\w-]+)(?:=(.*))?$/.exec(argument);
  if (match === null) rest.push(argument);
  else options.set(match[1], match[2] ?? '');
}
const toPath = (text: string): string => (text.startsWith('file:') ? fileURLToPath(text) : resolve(text));

const folder = rest.length > 0 ? toPath(rest[0]) : await mkdtemp(join(tmpdir(), 'workspace-'));
const finished = join(await mkdtemp(join(tmpdir(), 'shim-')), 'finished');
const tests = toPath(options.get('extensionTestsPath') ?? '');
const server = await startServer({ driver: true, environment: { SHIM_TESTS: tests, SHIM_FINISHED: finished } });
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const exit = new Promise<number>(done => void page.exposeFunction('codeAutomationExit', done));
await page.exposeFunction('codeAutomationLog', (type: string, parts: unknown[]) => {
  const line = format(...parts);
  if (!CHATTER.test(line)) (type === 'error' ? process.stderr : process.stdout).write(`${line}\n`);
});
const development = toPath(options.get('extensionDevelopmentPath') ?? '.');
const payload = [
  ['extensionDevelopmentPath', remoteUri(server.port, development)],
  ['extensionTestsPath', remoteUri(server.port, join(import.meta.dirname, 'shim-runner.cjs'))],
  ['skipWelcome', 'true'],
];
await page.goto(workbenchUrl(server, folder, payload), { timeout: 90_000 });
let code = await Promise.race([exit, wait(LIMIT, TOO_LONG)]);
if (code === 0 && !existsSync(finished)) {
  console.error('The extension host died before the tests were finished.');
  code = DIED;
}
if (code === TOO_LONG) console.error(`The tests took longer than ${LIMIT / 1000} s.`);
await browser.close();
await server.stop();
process.exit(code);
