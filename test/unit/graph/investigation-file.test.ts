import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { CircuitError } from '../../../src/errors.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { assertFails } from '../../support/errors.ts';
import { example, investigations } from './investigation-arbitrary.ts';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../media/investigation.schema.json'), 'utf8'),
) as object;
const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);

/** The example's file with one field replaced; undefined takes it out. */
function withField(path: string, value: unknown): string {
  const file = JSON.parse(writeInvestigation(example)) as Record<string, unknown>;
  const keys = path.split('.');
  let place = file;
  for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(place, keys.at(-1)!);
  else place[keys.at(-1)!] = value;
  return JSON.stringify(file);
}

describe("an investigation's file", () => {
  test('reads what is written, and writes the same text again', () => {
    fc.assert(
      fc.property(investigations, investigation => {
        const text = writeInvestigation(investigation);
        const read = parseInvestigation(text, 'it');
        assert.deepEqual(read, { investigation, version: 1, problems: [] });
        assert.equal(writeInvestigation(read.investigation), text);
        assert.ok(text.endsWith('}\n'));
      }),
    );
  });

  test('is written with every value on a line of its own, keys in order, numbers rounded', () => {
    const text = writeInvestigation({ ...example, settings: { edgeThreshold: 0.9800000001, nodeThreshold: 2 / 3 } });
    assert.match(text, /"settings": \{\n {4}"nodeThreshold": 0\.666667,\n {4}"edgeThreshold": 0\.98\n {2}\}/);
    assert.match(text, /^\{\n {2}"version": 1,\n {2}"prompt": "Fact: /);
    assert.match(text, /"pinned": \[\n {4}"1_20_8",\n {4}"3_17_8",\n/);
    assert.equal(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    // No view state.
    for (const word of ['zoom', 'selected', 'position', 'time']) assert.ok(!text.includes(`"${word}`), word);
  });

  const broken: [path: string, value: unknown, ...words: string[]][] = [
    ['prompt', undefined, 'prompt', 'is missing'],
    ['prompt', 7, 'prompt', '7'],
    ['graph', 'dallas.graph.json', 'graph'],
    ['graph.file', '', 'graph.file', 'empty'],
    ['graph.file', '/etc/passwd', 'graph.file', 'relative'],
    ['graph.file', 'C:\\graphs\\x.json', 'graph.file', 'relative'],
    ['graph.file', 'https://example.org/x.json', 'graph.file', 'relative'],
    ['graph.file', 'a\u0000b', 'graph.file', 'relative'],
    ['graph.sha256', 'abc', 'graph.sha256', 'sha256'],
    ['settings.nodeThreshold', 1.5, 'settings.nodeThreshold', 'above 1'],
    ['settings.edgeThreshold', '0.98', 'settings.edgeThreshold'],
    ['pinned', '3_17_8', 'pinned'],
    ['pinned.1', 17, 'pinned[1]'],
    ['supernodes.0.members', null, 'supernodes[0].members'],
    ['supernodes.1.colour', 'pink', 'supernodes[1].colour', 'pink'],
    ['supernodes.0.id', '', 'supernodes[0].id', 'empty'],
    ['annotations.1.layer', -1, 'annotations[1].layer', 'negative'],
    ['annotations.1.feature', 1.5, 'annotations[1].feature', 'whole number'],
    ['annotations.0.verdict', 'true', 'annotations[0].verdict'],
    ['annotations.0.tags', ['a', ''], 'annotations[0].tags[1]', 'empty'],
    ['annotations.0.label', 'x'.repeat(2000), 'annotations[0].label', 'longer than 1000'],
    ['source.start', -3, 'source.start', 'negative'],
  ];
  for (const [path, value, ...words] of broken) {
    test(`${path} = ${(value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 30)} is refused by name, by the schema too`, async () => {
      const text = withField(path, value);
      await assertFails(
        () => parseInvestigation(text, 'dallas.circuit.json'),
        'file-damaged',
        'dallas.circuit.json',
        ...words,
      );
      assert.equal(validate(JSON.parse(text)), false);
    });
  }

  test('the schema takes every file that is written, and no unknown fields', () => {
    fc.assert(
      fc.property(investigations, investigation => {
        assert.ok(validate(JSON.parse(writeInvestigation(investigation))), JSON.stringify(validate.errors));
      }),
    );
    assert.ok(validate(JSON.parse(writeInvestigation(example))), JSON.stringify(validate.errors));
    assert.equal(validate(JSON.parse(withField('annotations.0.lable', 'Texas'))), false);
  });

  test('a misspelled field is said, and does not keep the file from opening', () => {
    const { investigation, problems } = parseInvestigation(withField('annotations.0.lable', 'Texas'), 'it');
    assert.deepEqual(investigation, example);
    assert.deepEqual(problems, ['Fields that are not known: annotations[0].lable. They stay in the file.']);
  });

  test('text that is no JSON is named with its line; conflict markers are called so', async () => {
    const text = writeInvestigation(example);
    await assertFails(
      () => parseInvestigation(text.replace('"pinned": [', '"pinned": '), 'x'),
      'file-damaged',
      'x',
      'line',
    );
    await assertFails(() => parseInvestigation(text.slice(0, 100), 'x'), 'file-damaged', 'line');
    await assertFails(() => parseInvestigation('', 'x'), 'file-damaged', 'x');
    const conflict = text.replace(
      '    "3_17_8",\n',
      '<<<<<<< HEAD\n    "3_17_8",\n=======\n    "3_18_8",\n>>>>>>> other\n',
    );
    await assertFails(() => parseInvestigation(conflict, 'x'), 'file-damaged', 'git could not merge');
  });

  test('hostile files neither crash nor pollute', async () => {
    await assertFails(() => parseInvestigation('['.repeat(200_000), 'x'), 'file-damaged');
    await assertFails(() => parseInvestigation('null', 'x'), 'file-damaged', 'version');
    await assertFails(() => parseInvestigation('[1]', 'x'), 'file-damaged', 'version');
    const polluted = writeInvestigation(example).replace('{', '{ "__proto__": { "hasOwn": 1, "pinned": [] },');
    assert.deepEqual(parseInvestigation(polluted, 'x').investigation, example);
    assert.equal(({} as { pinned?: unknown }).pinned, undefined);
    fc.assert(
      fc.property(fc.json(), text => {
        try {
          parseInvestigation(text, 'x');
        } catch (error) {
          assert.ok(error instanceof CircuitError, String(error));
        }
      }),
    );
  });

  test('newer versions are refused, and nothing is guessed', async () => {
    await assertFails(
      () => parseInvestigation(withField('version', 2), 'x'),
      'file-unsupported',
      'version 2',
      'up to 1',
    );
    await assertFails(() => parseInvestigation(withField('version', undefined), 'x'), 'file-damaged', 'version');
    await assertFails(() => parseInvestigation(withField('version', '1'), 'x'), 'file-damaged', 'version');
  });

  test("version 0, a viewer's state, is brought to the current one", () => {
    const old = {
      version: 0,
      prompt: 'a b',
      graph: { file: 'x.graph.json' },
      nodeThreshold: 0.7,
      pinnedIds: '3_1_1,0_2_1',
      supernodes: [
        ['Texas', '3_1_1', '3_2_1'],
        ['say a', '4_1_2'],
      ],
      clerps: [['3_1_1', 'state']],
    };
    const { investigation, version, problems } = parseInvestigation(JSON.stringify(old), 'it');
    assert.equal(version, 0);
    assert.deepEqual(problems, []);
    assert.deepEqual(investigation, {
      version: 1,
      prompt: 'a b',
      graph: { file: 'x.graph.json' },
      settings: { nodeThreshold: 0.7, edgeThreshold: 0.98 },
      pinned: ['0_2_1', '3_1_1'],
      supernodes: [
        { id: 'group-1', name: 'Texas', members: ['3_1_1', '3_2_1'] },
        { id: 'group-2', name: 'say a', members: ['4_1_2'] },
      ],
      annotations: [{ layer: 3, feature: 1, label: 'state' }],
    });
  });

  test('what a merge of two people breaks is mended and said', () => {
    const merged = JSON.parse(writeInvestigation(example)) as Record<string, unknown[]>;
    merged.pinned = ['3_17_8', '1_20_8', '3_17_8'];
    merged.supernodes.push(
      { id: 'texas', name: 'Lone Star', members: ['3_17_8', '5_5_5'] },
      { id: 'void', name: 'void', members: [] },
    );
    merged.annotations.push({ layer: 3, feature: 17, label: 'TX', note: 'new', tags: ['south'], evidence: ['b'] });
    const { investigation, problems } = parseInvestigation(JSON.stringify(merged), 'it');
    assert.deepEqual(investigation.pinned, ['1_20_8', '3_17_8']);
    assert.deepEqual(
      investigation.supernodes.map(({ id, members }) => [id, members]),
      [
        ['capital', ['4_2_9', '4_8_9']],
        ['texas', ['3_17_8', '3_90_8']],
        ['texas-2', ['5_5_5']],
      ],
    );
    assert.deepEqual(investigation.annotations[0], {
      layer: 3,
      feature: 17,
      label: 'Texas',
      note: 'new',
      tags: ['place', 'south', 'state'],
      verdict: 'relevant',
      evidence: ['ablated: -.8', 'b'],
    });
    assert.equal(problems.length, 4, problems.join('\n'));
  });
});
