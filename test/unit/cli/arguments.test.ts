import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from '../../../src/cli/frame/arguments.ts';
import { flag, required, value, valueOr } from '../../../src/cli/frame/options.ts';
import { anyText, integer, oneOf, positive, share, tokenIds } from '../../../src/cli/frame/value-readers.ts';
import { assertFails } from '../../support/errors.ts';

const TABLE = {
  prompt: value('TEXT', 'a prompt', anyText),
  tokens: value('IDS', 'ids', tokenIds),
  top: valueOr('N', 'how many', integer(1, 50), 10),
  threshold: valueOr('P', 'a share', share, 0.8),
  rate: value('RATE', 'a rate', positive),
  kind: valueOr('KIND', 'a kind', oneOf(['clt', 'plt']), 'clt'),
  json: flag('as JSON'),
};
const parse = (...args: string[]) => parseArguments(args, TABLE);
const fails = (args: string[], ...words: string[]) => assertFails(() => parse(...args), 'usage', ...words);

describe('arguments', () => {
  test('defaults stand where nothing is given', () => {
    const { values, positionals } = parse();
    const expected = { prompt: undefined, tokens: undefined, top: 10, threshold: 0.8, rate: undefined, kind: 'clt' };
    assert.deepEqual(values, { ...expected, json: false });
    assert.deepEqual(positionals, []);
  });

  test('values in every form, and what is no option', () => {
    const { values, positionals } = parse('--top=3', 'a b', '--tokens', '0, 5,11', '--json', '--threshold', '.5', 'c');
    assert.equal(values.top, 3);
    assert.deepEqual(values.tokens, [0, 5, 11]);
    assert.equal(values.threshold, 0.5);
    assert.equal(values.json, true);
    assert.deepEqual(positionals, ['a b', 'c']);
    assert.deepEqual(parse('--', '--top').positionals, ['--top']);
  });

  test('a prompt may be empty, begin with a dash, or look like an option when it stands behind =', () => {
    assert.equal(parse('--prompt', '').values.prompt, '');
    assert.equal(parse('--prompt', '- one').values.prompt, '- one');
    assert.equal(parse('--prompt=--json').values.prompt, '--json');
  });

  test('an option is not swallowed as the value of the one before', async () => {
    await fails(['--prompt', '--json'], '--prompt needs a value');
    await fails(['--prompt', '--top=3'], '--prompt needs a value');
    await fails(['--top'], '--top needs a value');
  });

  test('unknown options name the nearest', async () => {
    assert.throws(() => parse('--promt', 'x'), { remedy: 'Did you mean --prompt?' });
    assert.throws(() => parse('--thresold=1'), { remedy: 'Did you mean --threshold?' });
    assert.throws(() => parse('--zzzzzz'), { remedy: 'See --help for the options.' });
    await fails(['-x'], 'no option -x');
  });

  test('a value that cannot be is refused with what is expected', async () => {
    await fails(['--top', '0'], '--top "0"', 'from 1 to 50');
    await fails(['--top', '51'], 'from 1 to 50');
    await fails(['--top', '1.5'], 'whole number');
    await fails(['--top', ''], 'whole number');
    await fails(['--threshold', '1.01'], 'from 0 to 1');
    await fails(['--threshold', 'NaN'], 'from 0 to 1');
    await fails(['--rate', '0'], 'above 0');
    await fails(['--rate', '1e999'], 'above 0');
    await fails(['--tokens', '0,,5'], 'list of token ids');
    await fails(['--tokens', '0,-5'], 'list of token ids');
    await fails(['--tokens', '99999999999999999999'], 'list of token ids');
    await fails(['--kind', 'sae'], 'one of clt, plt');
    await fails(['--json=yes'], 'takes no value');
    await fails(['--top', '1', '--top', '2'], 'given twice');
  });

  test('a required option is asked for', async () => {
    const table = { out: required('DIR', 'a folder', anyText) };
    await assertFails(() => parseArguments([], table), 'usage', '--out is missing');
    assert.equal(parseArguments(['--out', 'x'], table).values.out, 'x');
  });
});
