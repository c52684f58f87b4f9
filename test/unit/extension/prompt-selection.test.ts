import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findPrompt, positionAt, tokenRange } from '../../../extension/text-link/traced-texts.ts';
import { placeInDocument, selectedPrompts, type Place } from '../../../extension/trace/prompt-selection.ts';

/** A document as the editor has it: lines without their ends. */
function documentOf(text: string) {
  const lines = text.split(/\r?\n/);
  return { lineCount: lines.length, lineAt: (line: number) => ({ text: lines[line] }) };
}

const at = (line: number, character: number): Place => ({ line, character });
const cursor = (line: number, character: number) => ({ start: at(line, character), end: at(line, character) });

describe('the prompts that are meant', () => {
  const document = documentOf('First line\n\n   indented, with a tail   \nlast');

  test('a cursor means its line, without the space around it', () => {
    assert.deepEqual(selectedPrompts(document, [cursor(2, 0)]), [{ text: 'indented, with a tail', start: at(2, 3) }]);
  });

  test('a selection is taken as it is, over several lines as one prompt', () => {
    const selection = { start: at(0, 6), end: at(2, 11) };
    assert.deepEqual(selectedPrompts(document, [selection]), [{ text: 'line\n\n   indented', start: at(0, 6) }]);
  });

  test('a selection of whole lines does not end in a line break; spaces inside it stay', () => {
    assert.equal(selectedPrompts(document, [{ start: at(0, 0), end: at(1, 0) }])[0].text, 'First line');
    assert.equal(
      selectedPrompts(document, [{ start: at(2, 0), end: at(3, 0) }])[0].text,
      '   indented, with a tail   ',
    );
  });

  test('several cursors are several prompts in the order of the document; one line counts once', () => {
    const prompts = selectedPrompts(document, [cursor(3, 1), cursor(0, 2), cursor(0, 7)]);
    assert.deepEqual(
      prompts.map(({ text }) => text),
      ['First line', 'last'],
    );
  });

  test('nothing but space is no prompt', () => {
    assert.deepEqual(selectedPrompts(document, [cursor(1, 0), { start: at(2, 0), end: at(2, 3) }]), []);
  });

  test('Windows line ends are no part of the prompt', () => {
    const windows = documentOf('one\r\ntwo\r\n');
    const [prompt] = selectedPrompts(windows, [{ start: at(0, 0), end: at(2, 0) }]);
    assert.equal(prompt.text, 'one\ntwo');
    assert.deepEqual(placeInDocument(prompt, 5), at(1, 1));
  });
});

describe('where a prompt stands', () => {
  test('every offset of a prompt is the place that the character has in the document', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é', '😀'), maxLength: 6 });
    const lines = fc.array(line, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), fc.nat(), fc.nat(), (texts, a, b, c, d) => {
        const document = documentOf(texts.join('\n'));
        const place = (l: number, k: number): Place => at(l % texts.length, k % (texts[l % texts.length].length + 1));
        const [first, second] = [place(a, b), place(c, d)].sort((p, q) => p.line - q.line || p.character - q.character);
        const [prompt] = selectedPrompts(document, [{ start: first, end: second }]);
        if (prompt === undefined) return;
        for (let offset = 0; offset < prompt.text.length; offset++) {
          const found = placeInDocument(prompt, offset);
          const expected = prompt.text[offset] === '\n' ? undefined : prompt.text[offset];
          assert.equal(document.lineAt(found.line).text[found.character], expected);
        }
      }),
    );
  });

  test('a prompt is found where it was, where it was moved to, and not when it is gone', () => {
    const text = 'the cat';
    assert.deepEqual(findPrompt(documentOf('x the cat'), text, at(0, 2))?.start, at(0, 2));
    assert.deepEqual(findPrompt(documentOf('new\nx the cat\nthe cat'), text, at(0, 2))?.start, at(1, 2));
    assert.deepEqual(findPrompt(documentOf('the cat the cat'), text, at(0, 7))?.start, at(0, 8));
    assert.equal(findPrompt(documentOf('the dog'), text, at(0, 0)), undefined);
  });

  test('a prompt of several lines is found by its ends and its whole lines', () => {
    const text = 'end\nwhole\nsta';
    assert.deepEqual(findPrompt(documentOf('x\nthe end\nwhole\nstart'), text, at(0, 4))?.start, at(1, 4));
    assert.equal(findPrompt(documentOf('the end\nwhole!\nstart'), text, at(0, 4)), undefined);
  });

  test('tokens and places lead to each other', () => {
    const prompt = { text: 'Fact: a', start: at(4, 2) };
    const tokens = [
      { id: 1, text: '<bos>', start: null, end: null },
      { id: 2, text: 'Fact', start: 0, end: 4 },
      { id: 3, text: ':', start: 4, end: 5 },
      { id: 4, text: ' a', start: 5, end: 7 },
    ];
    assert.equal(tokenRange(prompt, tokens[0]), undefined);
    assert.deepEqual(tokenRange(prompt, tokens[3]), { start: at(4, 7), end: at(4, 9) });
    assert.equal(positionAt(prompt, tokens, at(4, 2)), 1);
    assert.equal(positionAt(prompt, tokens, at(4, 6)), 2);
    assert.equal(positionAt(prompt, tokens, at(4, 9)), 3, 'behind the last character');
    assert.equal(positionAt(prompt, tokens, at(4, 1)), null);
    assert.equal(positionAt(prompt, tokens, at(3, 4)), null);
  });
});
