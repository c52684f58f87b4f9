import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeHtml } from '../../../extension/intervention/outcome-html.ts';
import { outcomeLine, outcomeRows } from '../../../extension/intervention/outcome.ts';

const token = (id: number, text: string, probability: number) => ({ id, text, probability });
const result = {
  before: [token(1, ' Austin', 0.9), token(2, '<b>', 0.1)],
  after: [token(2, '<b>', 0.7), token(1, ' Austin', 0.3)],
  controls: [
    [token(1, ' Austin', 0.8), token(2, '<b>', 0.2)],
    [token(2, '<b>', 0.4), token(1, ' Austin', 0.6)],
  ],
};

test('each token keeps its own probabilities, whatever their order in a run', () => {
  const rows = outcomeRows(result);
  assert.deepEqual(
    rows.map(({ text, before, after }) => [text, before, after]),
    [
      [' Austin', 0.9, 0.3],
      ['<b>', 0.1, 0.7],
    ],
  );
  const { mean, least, most } = rows[0].control!;
  assert.deepEqual([Number(mean.toFixed(6)), least, most], [0.7, 0.6, 0.8]);
  assert.equal(outcomeLine(rows, 'random features'), '“·Austin” 90.0 % → 30.0 % (random features: 70.0 %)');
  assert.equal(outcomeRows({ ...result, controls: [] })[0].control, undefined);
});

test('the page shows them, and nothing of a model or file becomes markup', () => {
  const words = {
    title: 'Intervention',
    prompt: '<img src=x>',
    changes: ['<script>'],
    explanation: 'words',
    token: 'Next token',
    before: 'Before',
    after: 'After',
    control: 'Random features',
  };
  const html = outcomeHtml(outcomeRows(result), words, { style: 'style.css', cspSource: 'source', language: 'de' });
  assert.doesNotMatch(html, /<img|<script|<b>/);
  assert.match(html, /“&lt;b&gt;”/);
  assert.match(html, /value="0\.3"/);
  assert.match(html, /70\.0 % \(60\.0 % – 80\.0 %\)/);
  assert.match(html, /default-src 'none'/);
});
