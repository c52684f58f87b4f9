import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { commandHelp } from '../../../src/cli/frame/help.ts';
import { EXIT } from '../../../src/cli/frame/exit-codes.ts';
import { explainError } from '../../../src/trace/explain-error.ts';

/** A value that an option with this placeholder takes. */
const SAMPLES: Readonly<Record<string, string>> = {
  TEXT: 'some text',
  IDS: '0,5,11',
  N: '3',
  K: '4',
  P: '0.5',
  RATE: '0.01',
  FILE: 'file',
  LINES: 'file',
  DIR: 'folder',
  TARGET: '7 - 3',
  NAME: 'cpu',
  KIND: 'plt',
  TYPE: 'F32',
  BY: 'score',
  BASIS: 'neurons',
  ID: 'org/name',
  REVISION: 'main',
};

describe('help', () => {
  for (const { name, summary, load } of COMMANDS) {
    test(`circuit ${name}: every option that the help shows is taken, with the value it shows`, async () => {
      const command = await load();
      assert.equal(command.definition.name, name);
      const help = commandHelp(command, summary);
      assert.ok(help.startsWith(`circuit ${name}: ${summary}`));
      for (const line of help.split('\n')) assert.ok(line.length <= 100 || line.startsWith('  circuit'), line);
      const { positionals = [] } = command.definition;
      const places = positionals.map(({ name: place }) => (place === 'NAME' ? 'cpu' : 'x'));
      const shown = [...help.matchAll(/^ {2}(?:-h, )?--([a-z-]+)(?: ([A-Z]+))?/gm)];
      assert.deepEqual(
        shown.map(([, option]) => option).sort(),
        [...Object.keys(command.definition.options), 'json', 'debug', 'help'].sort(),
      );
      const required = shown
        .filter(([, option]) => command.definition.options[option]?.description.endsWith('(required)'))
        .map(([, option, placeholder]) => `--${option}=${SAMPLES[placeholder]}`);
      for (const [, option, placeholder] of shown) {
        if (placeholder !== undefined) assert.ok(placeholder in SAMPLES, `what is a ${placeholder}?`);
        const given = placeholder === undefined ? `--${option}` : `--${option}=${SAMPLES[placeholder]}`;
        command.prepare([...places, ...new Set([...required, given])]);
      }
    });

    test(`circuit ${name}: its examples parse`, async () => {
      const command = await load();
      for (const [typed] of command.definition.examples) {
        const words = [...typed.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(found => found[1] ?? found[2] ?? found[3]);
        assert.equal(words.slice(0, name.split(' ').length).join(' '), name, typed);
        command.prepare(words.slice(name.split(' ').length));
      }
    });
  }
});

test('errors of the system and of the runtime are explained, bugs are not', async () => {
  const { readFile, writeFile } = await import('node:fs/promises');
  const failure = async (work: Promise<unknown>) => explainError(await work.catch((error: unknown) => error));
  assert.equal((await failure(readFile('/nowhere/at/all')))?.code, 'file-missing');
  assert.match((await failure(readFile('/nowhere/at/all')))?.message ?? '', /\/nowhere\/at\/all cannot be read/);
  assert.equal((await failure(writeFile('/nowhere/at/all', '')))?.code, 'file-missing');
  assert.equal(explainError(new RangeError('Array buffer allocation failed'))?.code, 'memory');
  assert.equal(explainError(new TypeError('x is not a function')), undefined);
  assert.equal(explainError('text'), undefined);
});

test('exit codes differ from each other', () => {
  assert.equal(new Set(Object.values(EXIT)).size, Object.keys(EXIT).length);
});
