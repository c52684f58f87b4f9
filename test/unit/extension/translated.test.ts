import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname, '../../..');

/** What is English for everybody: names, the log, what a language model is asked, and a prompt. */
const ENGLISH = [
  /^extension\/annotations\/label-prompt\.ts$/,
  /^extension\/investigation\/panel-html\.ts$/,
  /^extension\/trace\/find-prompts\.ts$/,
];
const NAMES = new Set(['Circuit Explorer', 'no supernode']);
/** Calls whose texts are translated, or go to the log. */
const CALLS = /(?:^|\.)(?:t|info|warn|debug|trace)$|\blog\.error$/;
/** Two words of a sentence. */
const WORDS = /\p{L}{2,}[,.:;]? \p{L}{2,}/u;

/** Sentences in the host's code that no translation reaches. */
function untranslated(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isCallExpression(node) && CALLS.test(node.expression.getText())) return;
    const pieces = ts.isStringLiteralLike(node)
      ? [node.text]
      : ts.isTemplateExpression(node)
        ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
        : [];
    for (const piece of pieces) {
      const text = piece.replaceAll(/<[^>]*>?|[^<]*>/g, '');
      if (WORDS.test(text) && !NAMES.has(text)) {
        found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('nothing that the host says is English alone', () => {
  const files = readdirSync(join(root, 'extension'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `extension/${name}`)
    .filter(file => !ENGLISH.some(pattern => pattern.test(file)));
  assert.deepEqual(files.flatMap(untranslated), []);
  assert.ok(
    untranslated('extension/annotations/label-prompt.ts').length > 2,
    'sentences are found where there are some',
  );
});
