import { randomBytes } from 'node:crypto';

export interface PageParts {
  /** What the page is called by assistive technology. */
  readonly title: string;
  readonly script: string;
  readonly style: string;
  /** The webview's own source for files of this extension. */
  readonly cspSource: string;
  /** The editor's language, as in `lang`; absent: English. */
  readonly language?: string;
  /** Translations of the page's texts, by their English. */
  readonly texts?: Readonly<Record<string, string>>;
}

/**
 * A webview's page: one script with a fresh nonce, one style sheet, nothing else may run or be loaded. The `meta` element
 * of that odd name keeps Cytoscape from adding a style element, which the policy forbids; the UI toolkit finds the nonce
 * for the one that it tries `:focus-visible` with.
 */
export function pageHtml({ title, script, style, cspSource, language = 'en', texts = {} }: PageParts): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data: blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta id="__________cytoscape_stylesheet">
<link rel="stylesheet" href="${escapeHtml(style)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<div id="root" data-texts="${escapeHtml(JSON.stringify(texts))}"></div>
<script nonce="${nonce}" src="${escapeHtml(script)}"></script>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => ENTITIES[character]);
}

/** Where the style of a page without scripts comes from, and its language. */
export interface StaticPageParts {
  readonly style: string;
  readonly cspSource: string;
  /** As `vscode.env.language`. */
  readonly language: string;
}

/** A page without scripts in the style of one sheet. `body` is markup in which every text is escaped already. */
export function staticPageHtml(title: string, body: string, { style, cspSource, language }: StaticPageParts): string {
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${escapeHtml(cspSource)}">
<link rel="stylesheet" href="${escapeHtml(style)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}
