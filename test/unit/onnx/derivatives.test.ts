import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as onnx from '../../../src/onnx/index.ts';
import { arithmeticCases } from '../../support/onnx-cases-arithmetic.ts';
import { matmulCases } from '../../support/onnx-cases-matmul.ts';
import { indexingCases, shapeCases } from '../../support/onnx-cases-shape.ts';
import { buildCase, firstOrderError, runtimeError, secondOrderError } from '../../support/onnx-derivatives.ts';

const FINITE_DIFFERENCES = 1e-6;
const FLOAT32 = 1e-5;

const cases = [...arithmeticCases, ...matmulCases, ...shapeCases, ...indexingCases];

/** Exports without a derivative of their own: each has its test in gradient.test.ts or operators.test.ts. */
const withoutDerivative = [
  ...['stopGradient', 'customGradient', 'max', 'topK', 'oneHot', 'shapeOf', 'greater', 'greaterOrEqual', 'equal'],
  ...['isFloat', 'scalar', 'ONNX_TYPE'],
];

for (const operator of new Set(cases.map(({ op }) => op))) {
  describe(operator, () => {
    for (const spec of cases.filter(({ op }) => op === operator)) {
      test(spec.title, async () => {
        const built = buildCase(spec);
        const { graph, inputs, output, cotangent, feeds } = built;
        const derivatives = onnx.gradient([{ value: output, cotangent }], inputs);
        const first = firstOrderError(built);
        assert.ok(first <= FINITE_DIFFERENCES, `first derivative: relative error ${first}`);
        const second = secondOrderError(buildCase(spec));
        assert.ok(second <= FINITE_DIFFERENCES, `second derivative: relative error ${second}`);
        const outputs = { output, ...Object.fromEntries(derivatives.map((value, i) => [`derivative${i}`, value])) };
        const runtime = await runtimeError(graph, outputs, feeds);
        assert.ok(runtime <= (spec.tolerance ?? FLOAT32), `ONNX Runtime in float32: relative error ${runtime}`);
      });
    }
  });
}

test('every export of src/onnx/ops has a derivative test', async () => {
  const folder = join(import.meta.dirname, '../../../src/onnx/ops');
  const modules = await Promise.all(
    readdirSync(folder).map(file => import(join(folder, file)) as Promise<Record<string, unknown>>),
  );
  const exported = modules.flatMap(module => Object.keys(module)).filter(name => name in onnx);
  const tested = new Set([...cases.map(({ op }) => op), ...withoutDerivative]);
  assert.deepEqual(
    exported.filter(name => !tested.has(name)),
    [],
  );
  assert.deepEqual(
    [...tested].filter(name => !exported.includes(name)),
    [],
  );
});
