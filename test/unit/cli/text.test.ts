import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bar, distributionLines } from '../../../src/cli/display/distribution.ts';
import { significant } from '../../../src/cli/display/tree-lines.ts';
import { progressText } from '../../../src/cli/frame/progress-line.ts';
import { styleFor } from '../../../src/cli/frame/style.ts';
import { byteSize, clipped, columnsOf, grouped, padded, printable, wrapped } from '../../../src/cli/frame/text.ts';
import { likeliest } from '../../../src/trace/likeliest.ts';

test('columns of wide characters, marks and emoji', () => {
  assert.equal(columnsOf('abc'), 3);
  assert.equal(columnsOf('東京'), 4);
  assert.equal(columnsOf('e\u0301'), 1);
  assert.equal(columnsOf('🎉'), 2);
  assert.equal(padded('東', 4), '東  ');
  assert.equal(clipped('東京都', 5), '東京…');
  assert.equal(clipped('abcdef', 4), 'abc…');
  assert.equal(clipped('abcd', 4), 'abcd');
});

test('text of a model cannot steer the terminal', () => {
  assert.equal(printable('a\u001b[31mb\nc\u0007\u009b'), 'a\\u001b[31mb\\nc\\u0007\\u009b');
});

test('lines, numbers and sizes', () => {
  assert.deepEqual(wrapped('one two three', 7), ['one two', 'three']);
  assert.equal(grouped(1234567), '1 234 567');
  assert.equal(grouped(999), '999');
  assert.equal(byteSize(999), '999 B');
  assert.equal(byteSize(14_412_624), '14.4 MB');
  assert.equal(byteSize(538_000_000), '538 MB');
  assert.equal(significant(0.0701), '0.070');
  assert.equal(significant(1.005), '1.00');
  assert.equal(significant(123.4), '123');
  assert.equal(significant(1e-7), '1.0e-7');
});

test('bars', () => {
  assert.equal(bar(0.5, 8), '████');
  assert.equal(bar(0, 8), '');
  assert.equal(bar(1, 4), '████');
  assert.equal(bar(1 / 16, 4), '▎');
  assert.match(progressText('attribute', 3, 6), /^attribute {2}█{12}─{12} {2}50 % {2}3 of 6$/);
  assert.equal(progressText('read', 7, undefined), 'read  7');
});

test('colours only on a terminal without NO_COLOR', () => {
  assert.equal(styleFor({ isTTY: true }, {}).red('x'), '\u001b[31mx\u001b[39m');
  assert.equal(styleFor({ isTTY: true }, { NO_COLOR: '1' }).red('x'), 'x');
  assert.equal(styleFor({ isTTY: true }, { TERM: 'dumb' }).red('x'), 'x');
  assert.equal(styleFor({ isTTY: false }, {}).red('x'), 'x');
});

test('the likeliest tokens, lower ids first among equals', () => {
  const probabilities = Float64Array.of(0.1, 0.3, 0.1, 0.4, 0.1);
  assert.deepEqual(
    likeliest(probabilities, 4, undefined).map(({ id, text }) => [id, text]),
    [
      [3, '3'],
      [1, '1'],
      [0, '0'],
      [2, '2'],
    ],
  );
  assert.equal(likeliest(probabilities, 9, undefined).length, 5);
  const style = styleFor({ isTTY: false }, {});
  const lines = distributionLines('a\nb', likeliest(probabilities, 2, undefined), { style, width: 100 });
  assert.deepEqual(lines, ['Next token after "a\\nb"', '  "3"  40.0 %  ████████████▊', '  "1"  30.0 %  █████████▋']);
});
