/** The page around a bundle. Pure: the extension host and the tests make the same page. */

export interface Page {
  /** Of this page alone, from a random source fit for secrets. */
  readonly nonce: string;
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Addresses of the bundle: `dist/webview/graph.js`, `graph.css`, or the card's. */
  readonly script: string;
  readonly style: string;
  readonly title: string;
  /** `vscode.env.language`. */
  readonly language: string;
}

/**
 * Nothing may be loaded but the bundle: no inline script without the nonce, no inline style, no address but the
 * extension's own. Pictures may be data, for drawings that are saved.
 */
export function pageHtml({ nonce, cspSource, script, style, title, language }: Page): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data: blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <!-- Keeps Cytoscape from adding a style sheet, which the policy forbids; graph.css has its one rule. -->
    <meta id="__________cytoscape_stylesheet">
    <title>${attribute(title)}</title>
    <link rel="stylesheet" href="${attribute(style)}">
  </head>
  <body>
    <div id="root"></div>
    <script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
  </body>
</html>
`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
