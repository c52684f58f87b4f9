import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import ts from 'typescript';
import { failureOf } from '../../../extension/common/failure.ts';
import { helpfulRemedies } from '../../../extension/common/remedies.ts';
import { KnownModels } from '../../../extension/model/known-models.ts';
import { CircuitError } from '../../../src/errors.ts';
import { explainError } from '../../../src/trace/explain-error.ts';

const SOURCES = join(import.meta.dirname, '../../../src');
const OPTION = /(^|[\s('"`])--[a-z]{2,}|\bcircuit (model|trace|features|predict|graph|selfcheck|train)\b/;

/** What a literal belongs to: the names of the properties, variables and functions around it. */
function ownersOf(node: ts.Node, source: ts.SourceFile): string {
  const names: string[] = [];
  for (let around: ts.Node | undefined = node; around !== undefined; around = around.parent) {
    if (ts.isPropertyAssignment(around) || ts.isVariableDeclaration(around) || ts.isFunctionDeclaration(around)) {
      names.push(around.name?.getText(source) ?? '');
    }
  }
  return names.join(' ');
}

test('nothing that the extension may show speaks of the command line: that has words of its own', () => {
  const found: string[] = [];
  let own = 0;
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter(name => name.endsWith('.ts') && !/^cli[\\/]/.test(name))) {
    const source = ts.createSourceFile(file, readFileSync(join(SOURCES, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
      if (isText && OPTION.test(node.getText(source))) {
        if (/command|probe/i.test(ownersOf(node, source))) own++;
        else found.push(`${file}: ${node.getText(source)}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  assert.deepEqual(found, []);
  assert.ok(own > 10, `${own} texts of the command line: the search finds them`);
});

describe('remedies', () => {
  test('an error says what to do in both words', () => {
    const error = new CircuitError('target', 'No.', 'Choose another.', { commandLine: 'Give --target.' });
    assert.equal(error.remedy, 'Choose another.');
    assert.equal(error.commandLine, 'Give --target.');
    assert.equal(new CircuitError('target', 'No.', 'Choose another.').commandLine, 'Choose another.');
    const memory = explainError(new RangeError('Array buffer allocation failed'));
    assert.match(memory?.remedy ?? '', /circuit\.maxFeatureNodes/);
    assert.match(memory?.commandLine ?? '', /--max-feature-nodes/);
  });

  test('each kind of error offers the click that helps, what is not foreseen another try', () => {
    const offered = (code: ConstructorParameters<typeof CircuitError>[0]) =>
      helpfulRemedies(failureOf(new CircuitError(code, 'No.', 'Do.')));
    assert.deepEqual(offered('target'), ['choose-target']);
    assert.equal(offered('file-missing')[0], 'choose-model');
    assert.equal(offered('provider')[0], 'use-cpu');
    assert.equal(offered('memory')[0], 'smaller-graph');
    assert.deepEqual(offered('network'), ['retry']);
    assert.deepEqual(helpfulRemedies(failureOf(new TypeError('x is not a function'))), ['retry']);
    assert.equal(failureOf(new CircuitError('cancelled', 'No.', 'Do.')).isCancellation, true);
  });
});

test('models are known with their dictionaries and without, and are not taken for one another', async () => {
  const kept = new Map<string, unknown>();
  const models = new KnownModels({
    get: <T>(key: string, otherwise: T) => (kept.get(key) as T | undefined) ?? otherwise,
    update: (key, value) => Promise.resolve(void kept.set(key, value)),
  });
  const [model, dictionary] = [
    { name: 'm', sha256: 'a' },
    { name: 'd', sha256: 'b' },
  ];
  await models.remember({ model, dictionary }, { model: '/m', dictionary: '/d', provider: 'cpu' });
  assert.deepEqual(models.find(model, undefined), { model: '/m', dictionary: '/d' }, 'a file that names none');
  await models.remember({ model }, { model: '/m' });
  assert.deepEqual(models.find(model, dictionary), { model: '/m', dictionary: '/d' });
  assert.deepEqual(models.find(model, undefined), { model: '/m' });
  assert.equal(models.find(model, { name: 'd', sha256: 'other' }), undefined);
  assert.equal(models.find({ name: 'm' }, dictionary), undefined);
});
