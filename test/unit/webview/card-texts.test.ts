import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { ANNOTATION_COLOURS, VERDICTS } from '../../../src/graph/investigation/types.ts';
import { CARD_TEXTS, t } from '../../../webview/card/texts.ts';
import { setTranslations } from '../../../webview/translate.ts';

describe('texts of the feature card', () => {
  afterEach(() => setTranslations(undefined));

  test('without translations they are English, with their values', () => {
    assert.equal(t('Layer {0}, feature {1}', 2, '{0} $&'), 'Layer 2, feature {0} $&', 'values are no patterns');
  });

  test('translations may order the values anew; what is no table of texts changes nothing', () => {
    setTranslations(JSON.stringify({ 'Layer {0}, feature {1}': 'Merkmal {1} der Schicht {0}' }));
    assert.equal(t('Layer {0}, feature {1}', 2, 7), 'Merkmal 7 der Schicht 2');
    assert.equal(t('Retry'), 'Retry');
    for (const given of ['', '{', 'null', '3', '{"Retry":4}', '{"toString":"x"}']) {
      setTranslations(given);
      assert.equal(t('Retry'), 'Retry');
    }
  });

  test('each text is there once and is used, and the page says nothing else', async () => {
    assert.equal(new Set(CARD_TEXTS).size, CARD_TEXTS.length);
    const folder = join(import.meta.dirname, '../../../webview/card');
    const names = (await readdir(folder)).filter(name => name.endsWith('.tsx'));
    const files = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
    const named: readonly string[] = [...VERDICTS, ...ANNOTATION_COLOURS];
    const unused = CARD_TEXTS.filter(text => !named.includes(text) && !files.join('\n').includes(`'${text}'`));
    assert.deepEqual(unused, []);
    // Words between tags, and in attributes that are read to people.
    for (const [i, file] of files.entries()) {
      const bare = [...file.matchAll(/>\s*([A-Z][a-z]+ [^<>{}=]*)</g)].map(([, text]) => text);
      const spoken = [...file.matchAll(/(?:title|placeholder|aria-label)="([^"]*)"/g)].map(([, text]) => text);
      assert.deepEqual([...bare, ...spoken], [], names[i]);
    }
  });
});
