/** Serves a page of the extension as the editor does: the same document, the same policy, the same bundle. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { FeatureCard } from '../../../webview/card-protocol.ts';
import { pageHtml } from '../../../extension/investigation/panel-html.ts';
import type { Snapshot } from '../../../webview/protocol.ts';
import { themeAttributes, type ThemeName } from './themes.ts';

const root = join(import.meta.dirname, '../../..');

export interface Shown {
  readonly page: 'graph' | 'card';
  readonly theme: ThemeName;
  readonly snapshot?: Snapshot;
  readonly card?: FeatureCard;
  /** What the page kept when it was last open. */
  readonly kept?: unknown;
  /** Translations of the page's texts. */
  readonly texts?: Readonly<Record<string, string>>;
}

export interface PageServer {
  /** The address at which a page with this content lies. */
  open(shown: Shown): string;
  close(): Promise<void>;
}

export async function servePages(): Promise<PageServer> {
  const files = await bundles();
  const contents = new Map<string, Shown>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [, id, name] = /^\/(\d+)\/(.*)$/.exec(pathname) ?? [];
    const shown = contents.get(id);
    const file =
      shown === undefined ? undefined : name === '' ? html(shown) : name === 'data.js' ? data(shown) : files.get(name);
    const type = name === '' ? 'text/html' : name?.endsWith('.css') ? 'text/css' : 'text/javascript';
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
    response.end(file);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    open(shown) {
      const id = String(contents.size);
      contents.set(id, shown);
      return `http://127.0.0.1:${port}/${id}/`;
    },
    close: () => closed(server),
  };
}

async function bundles(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: {
      graph: 'webview/graph/main.tsx',
      card: 'webview/card/main.tsx',
      host: 'test/webview/page/host.ts',
    },
    outdir: 'pages',
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'chrome128',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    write: false,
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/') + 1), text]));
}

/** The page with the theme that the editor puts on it, and the host's part before the bundle. */
function html({ page, theme, texts = {} }: Shown): string {
  const { bodyClass, kind } = themeAttributes(theme);
  const document = pageHtml({
    cspSource: "'self'",
    script: `${page}.js`,
    style: `${page}.css`,
    title: 'Circuit Explorer',
    texts,
  });
  const nonce = /script-src 'nonce-([^']+)'/.exec(document.replaceAll('&#39;', "'"))?.[1] ?? '';
  const scripts = ['data.js', 'host.js'].map(name => `<script nonce="${nonce}" src="${name}"></script>`).join('');
  return document
    .replace('<head>', '<head><link rel="icon" href="data:,">')
    .replace('<body>', `<body class="${bodyClass}" data-vscode-theme-kind="${kind}">`)
    .replace('<div id="root"', `${scripts}<div id="root"`);
}

/** The content, and the theme's variables, which the editor sets on the document by script too. */
function data({ snapshot, card, kept, theme }: Shown): string {
  const { variables } = themeAttributes(theme);
  const flat = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value;
  return `
globalThis.testSnapshot = ${snapshot === undefined ? 'undefined' : JSON.stringify(snapshot, flat)};
globalThis.testCard = ${card === undefined ? 'undefined' : JSON.stringify(card)};
globalThis.testKept = ${kept === undefined ? 'undefined' : JSON.stringify(kept)};
for (const [name, value] of Object.entries(${JSON.stringify(variables)})) document.documentElement.style.setProperty(name, value);
`;
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.closeAllConnections();
    server.close(() => {
      resolve();
    });
  });
}
