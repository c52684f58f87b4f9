/**
 * The texts of the extension that can be translated, as @vscode/l10n-dev exports them: what stands in `vscode.l10n.t`,
 * or in the `l10n.t` of files that do not know the editor, and the lists of what pages say (`..._TEXTS`).
 * `tsx scripts/translatable-texts.ts` prints them; they are packed as l10n/bundle.l10n.json, which a translation to xx
 * repeats as bundle.l10n.xx.json.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/** Each text in these folders by itself, sorted. Throws for a call whose text is not a literal: it could never be translated. */
export async function translatableTexts(...folders: readonly string[]): Promise<Record<string, string>> {
  const texts = new Set<string>();
  for (const folder of folders) {
    for (const name of (await readdir(folder, { recursive: true })).filter(file => file.endsWith('.ts'))) {
      const path = join(folder, name);
      const source = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest);
      visit(source, source);
    }
  }
  return Object.fromEntries([...texts].sort().map(text => [text, text]));

  function visit(node: ts.Node, source: ts.SourceFile): void {
    if (ts.isCallExpression(node) && /^(vscode\.)?l10n\.t$/.test(node.expression.getText(source))) {
      const [text] = node.arguments;
      if (text === undefined || !ts.isStringLiteralLike(text)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
        throw new Error(`${source.fileName}:${line + 1}: the text to translate is not a literal.`);
      }
      texts.add(text.text);
    }
    if (ts.isVariableDeclaration(node) && node.name.getText(source).endsWith('_TEXTS')) addList(node.initializer);
    ts.forEachChild(node, child => visit(child, source));
  }

  function addList(list: ts.Expression | undefined): void {
    if (list !== undefined && ts.isAsExpression(list)) addList(list.expression);
    else if (list !== undefined && ts.isArrayLiteralExpression(list))
      for (const text of list.elements) if (ts.isStringLiteralLike(text)) texts.add(text.text);
  }
}

if (process.argv[1] === import.meta.filename) {
  const texts = await translatableTexts(...['extension', 'webview'].map(name => join(import.meta.dirname, '..', name)));
  process.stdout.write(`${JSON.stringify(texts, null, 2)}\n`);
}
