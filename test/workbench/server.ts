import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { installedCode } from './install.ts';

/** Quiet and the same every time. */
const SETTINGS: Readonly<Record<string, unknown>> = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Dark Modern',
  'window.autoDetectColorScheme': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'security.workspace.trust.enabled': false,
  'workbench.enableExperiments': false,
  'git.enabled': false,
  'editor.cursorBlinking': 'solid',
  'workbench.reduceMotion': 'on',
  'window.commandCenter': false,
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

export interface ServerOptions {
  /** Over the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Installed before the start. */
  readonly vsix?: string;
  /** An unpackaged extension's folder, linked into the extensions: `[folder, publisher.name-version]`. */
  readonly link?: readonly [folder: string, name: string];
  /** For tests inside the extension host; hides notifications. */
  readonly driver?: boolean;
  readonly trust?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface CodeServer {
  readonly url: string;
  readonly port: number;
  /** The throw-away profile. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** A VS Code server on a free loopback port with a profile of its own. */
export async function startServer(options: ServerOptions = {}): Promise<CodeServer> {
  const code = await installedCode();
  const folder = await mkdtemp(join(tmpdir(), 'code-'));
  await mkdir(join(folder, 'data', 'User'), { recursive: true });
  await mkdir(join(folder, 'data', 'Machine'), { recursive: true });
  await mkdir(join(folder, 'extensions'));
  const settings = JSON.stringify({ ...SETTINGS, ...options.settings }, undefined, 1);
  await writeFile(join(folder, 'data', 'User', 'settings.json'), settings);
  if (options.link !== undefined) await symlink(options.link[0], join(folder, 'extensions', options.link[1]));
  const profile = ['--accept-server-license-terms', '--user-data-dir', join(folder, 'data')];
  profile.push('--server-data-dir', join(folder, 'server'), '--extensions-dir', join(folder, 'extensions'));
  const environment = { ...cleanEnvironment(), HOME: folder, ...options.environment };
  if (options.vsix !== undefined) {
    await installExtension(code.node, [code.server, ...profile], options.vsix, environment);
  }

  const port = await freePort();
  const log = openSync(join(folder, 'server.log'), 'a');
  const flags = ['--host', '127.0.0.1', '--port', `${port}`, '--without-connection-token', '--telemetry-level', 'off'];
  if (options.trust !== true) flags.push('--disable-workspace-trust');
  if (options.driver === true) flags.push('--enable-smoke-test-driver');
  const child = spawn(code.node, [code.server, ...profile, ...flags], {
    env: environment,
    stdio: ['ignore', log, log],
    detached: true,
  });
  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      // Its own process group: the extension host and the watchers go with it.
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It is gone.
    }
  };
  const onExit = (): void => killGroup('SIGKILL');
  process.on('exit', onExit);
  const url = `http://127.0.0.1:${port}/`;
  await untilUp(url, child, join(folder, 'server.log'));
  return {
    url,
    port,
    folder,
    async stop() {
      const gone = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
      killGroup('SIGTERM');
      await Promise.race([gone, wait(3000)]);
      killGroup('SIGKILL');
      process.off('exit', onExit);
      closeSync(log);
      if (process.env.KEEP === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Without the variables of a VS Code around this process, which would leak into the extension host. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(VSCODE_|ELECTRON_|NODE_OPTIONS)/.test(entry[0]),
  );
  return Object.fromEntries(entries);
}

async function installExtension(
  node: string,
  server: readonly string[],
  vsix: string,
  env: Record<string, string>,
): Promise<void> {
  const child = spawn(node, [...server, '--install-extension', vsix, '--force'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 || !output.includes('successfully installed'))
    throw new Error(`${vsix} was not installed:\n${output}`);
}

async function untilUp(url: string, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await fetch(`${url}version`).catch(() => undefined);
    if (answer?.ok === true) return;
    if (child.exitCode !== null) break;
    await wait(100);
  }
  throw new Error(`The VS Code server did not start:\n${readFileSync(log, 'utf8')}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
