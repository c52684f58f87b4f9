import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blend, contrast, hexColour, parseColour, readable, type Colour } from '../../../webview/model/colour.ts';
import { placeLabels, type LabelRequest } from '../../../webview/model/label-places.ts';
import { paletteOf } from '../../../webview/model/palette.ts';
import { linkPen, type SceneNode } from '../../../webview/model/scene.ts';
import { shorten } from '../../../webview/model/scene-text.ts';
import { writeSvg, type Picture } from '../../../webview/model/svg-writer.ts';
import { THEME_NAMES, themeAttributes } from '../../webview/support/themes.ts';

const colour = (text: string): Colour => {
  const found = parseColour(text);
  if (found === undefined) throw new Error(`no colour: ${text}`);
  return found;
};

describe('colours', () => {
  test('of all forms that themes use', () => {
    assert.deepEqual(parseColour('#fff'), [255, 255, 255, 1]);
    assert.deepEqual(parseColour('#12345680'), [18, 52, 86, 128 / 255]);
    assert.deepEqual(parseColour(' RGBA(10, 20, 30, 0.5) '), [10, 20, 30, 0.5]);
    assert.deepEqual(parseColour('rgb(10 20 30 / 50%)'), [10, 20, 30, 0.5]);
    for (const text of ['', 'red', '#12', '#12345', 'rgb(1,2)', 'rgb(a,b,c)'])
      assert.equal(parseColour(text), undefined);
  });

  test('contrast as WCAG defines it', () => {
    assert.ok(Math.abs(contrast(colour('#000'), colour('#fff')) - 21) < 1e-9);
    assert.ok(Math.abs(contrast(colour('#777'), colour('#fff')) - 4.478) < 0.001);
  });

  test('what cannot be read is moved towards the text’s colour, what can stays', () => {
    const [white, black] = [colour('#fff'), colour('#000')];
    assert.ok(contrast(readable(colour('#ffff99'), white, black, 4.5), white) >= 4.5);
    assert.equal(hexColour(readable(colour('#0000cc'), white, black, 4.5)), '#0000cc');
    assert.equal(hexColour(blend(colour('#00000080'), white)), '#7f7f7f');
  });

  for (const theme of THEME_NAMES) {
    test(`everything that means something can be seen in the ${theme} theme`, () => {
      const { variables, bodyClass } = themeAttributes(theme);
      const palette = paletteOf(name => variables[name] ?? '', bodyClass.includes('high-contrast'));
      const on = (ink: string, ground: string, least: number, what: string): void => {
        const value = contrast(colour(ink), colour(ground));
        assert.ok(value >= least, `${what}: ${value.toFixed(2)} (${ink} on ${ground})`);
      };
      for (const name of ['node', 'token', 'logit', 'band', 'background'] as const)
        on(palette.text, palette[name], 4.5, name);
      on(palette.selectedText, palette.selected, 4.5, 'selected');
      on(palette.faintText, palette.background, 4.5, 'faint text');
      for (const name of ['positive', 'negative', 'error', 'pinned', 'nodeBorder', 'found'] as const) {
        on(palette[name], palette.background, 3, name);
      }
      for (const [name, ink] of Object.entries(palette.annotation)) on(ink, palette.background, 3, name);
    });
  }

  test('without any theme there is a palette', () => {
    assert.equal(paletteOf(() => '', false).background, '#ffffff');
  });
});

describe('names beside marks', () => {
  const request = (id: string, x: number, y: number, always = false): LabelRequest => {
    return { id, text: id, x, y, radius: 5, textWidth: 50, always };
  };

  test('none lies on another or on a mark', () => {
    const requests = Array.from({ length: 60 }, (_, i) =>
      request(`n${i}`, 20 + (i % 10) * 30, 20 + Math.floor(i / 10) * 18),
    );
    const marks = requests.map(({ x, y }) => ({ x, y, width: 10, height: 10 }));
    const placed = placeLabels(requests, marks, 400, 200);
    assert.ok(placed.length > 0 && placed.length < requests.length);
    const boxes = placed.map(({ x, y }) => ({ left: x, right: x + 50, top: y - 7, bottom: y + 7 }));
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        assert.ok(a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom);
      }
      for (const { x, y } of marks) {
        assert.ok(a.left >= x + 5 || a.right <= x - 5 || a.top >= y + 5 || a.bottom <= y - 5);
      }
    }
  });

  test('the first comes first, and what must be named is', () => {
    const [one, two] = [request('one', 50, 50), request('two', 50, 50)];
    assert.deepEqual(placeLabels([two, one], [], 130, 60).map(({ id }) => id)[0], 'two');
    const crowded = placeLabels([request('must', 10, 10, true)], [{ x: 10, y: 10, width: 200, height: 200 }], 400, 400);
    assert.equal(crowded.length, 1);
    assert.deepEqual(placeLabels([request('off', -100, -100)], [], 400, 400), []);
  });
});

describe('scene', () => {
  test('texts are cut by width, with an ellipsis', () => {
    assert.equal(shorten('a capital', 20), 'a capital');
    assert.equal(shorten('a long\nlabel here', 8), 'a long…');
    assert.equal(shorten('東京都庁舎', 6), '東京…');
    assert.equal(shorten('x'.repeat(100), 10), `${'x'.repeat(9)}…`);
  });

  test('lines grow with the weight', () => {
    const pens = [0, 0.01, 0.5, 1, 7].map(linkPen);
    assert.ok(pens.every(({ width }, i) => i === 0 || width >= pens[i - 1].width));
    assert.ok(pens[0].width > 0 && pens[0].opacity > 0);
    assert.deepEqual(pens[3], pens[4]);
  });
});

describe('SVG of a drawing', () => {
  const palette = paletteOf(() => '', false);
  const box = (over: Partial<SceneNode>): SceneNode => {
    return {
      id: 'n0',
      node: 0,
      shape: 'feature',
      x: 50,
      y: 50,
      width: 80,
      height: 20,
      text: 'name',
      mark: false,
      pinned: false,
      spurious: false,
      ...over,
    };
  };
  const picture = (over: Partial<Picture>): Picture => {
    return { nodes: [box({})], links: [], rows: [], columns: [], tokens: [], names: [], title: 'title', ...over };
  };

  test('names from files are text, whatever they hold', () => {
    const hostile = `<img src=x onerror="alert('1')">&\u0000\ud800`;
    const svg = writeSvg(picture({ nodes: [box({ text: hostile })], title: hostile }), palette);
    assert.ok(!svg.includes('<img'));
    assert.ok(svg.includes('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;��'));
  });

  test('every tag is closed and every number finite', () => {
    const nodes = [
      box({}),
      box({ id: 'n1', node: 1, shape: 'error', width: 10, height: 10, text: '', mark: true, x: 200, y: 80 }),
      box({ id: 'gx', group: 'x', shape: 'group', width: 200, height: 90, colour: 'red' }),
      box({ id: 'n2', node: 2, group: 'x', text: 'two\nlines', pinned: true }),
    ];
    const links = [{ id: 'l0', source: 'n0', target: 'n1', weight: -1, width: 2, opacity: 0.5 }];
    const rows = [{ name: 'L0', y: 50, height: 40 }];
    const columns = [{ position: 0, x: 50, width: 90 }];
    const svg = writeSvg(picture({ nodes, links, rows, columns, tokens: [' <a>'], names: ['', '', ''] }), palette);
    const open: string[] = [];
    for (const [, slash, name, end] of svg.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)) {
      if (slash === '/') assert.equal(open.pop(), name);
      else if (end !== '/') open.push(name);
    }
    assert.deepEqual(open, []);
    assert.ok(!/NaN|undefined|Infinity/.test(svg));
    assert.ok(svg.includes('stroke-dasharray="5 3"'), 'a negative link is dashed');
  });

  test('an empty drawing is a picture too', () => {
    assert.match(writeSvg(picture({ nodes: [] }), palette), /^<svg [^>]*viewBox="0 0 32 32"/);
  });
});
