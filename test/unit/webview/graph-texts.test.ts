import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { GRAPH_TEXTS, t } from '../../../webview/graph/texts.ts';
import { setTranslations } from '../../../webview/translate.ts';

describe('texts of the page', () => {
  afterEach(() => setTranslations(undefined));

  test('without translations they are English, with their values', () => {
    assert.equal(t('{0} of {1} nodes', 3, 40), '3 of 40 nodes');
    assert.equal(t('Pinned {0}.', '{1} $& <b>'), 'Pinned {1} $& <b>.', 'values are no patterns');
  });

  test('translations may order the values anew', () => {
    setTranslations(JSON.stringify({ '{0} of {1} nodes': 'von {1} Knoten {0}' }));
    assert.equal(t('{0} of {1} nodes', 3, 40), 'von 40 Knoten 3');
    assert.equal(t('Filter'), 'Filter');
  });

  test('what is no table of texts changes nothing', () => {
    for (const given of ['', '{', 'null', '3', '{"Filter":4}', '{"toString":"x"}']) {
      setTranslations(given);
      assert.equal(t('Filter'), 'Filter');
    }
  });

  test('each text is there once and is used', async () => {
    assert.equal(new Set(GRAPH_TEXTS).size, GRAPH_TEXTS.length);
    const folder = join(import.meta.dirname, '../../../webview/graph');
    const files = await Promise.all(
      (await readdir(folder)).filter(name => name !== 'texts.ts').map(name => readFile(join(folder, name), 'utf8')),
    );
    const source = files.join('\n');
    const unused = GRAPH_TEXTS.filter(text => !source.includes(`'${text}'`));
    assert.deepEqual(unused, []);
  });
});
