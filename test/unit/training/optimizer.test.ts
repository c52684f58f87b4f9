import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSession, encodeModel, Graph, mul, sum, tensor, type Value } from '../../../src/onnx/index.ts';
import { adamW, clipGradients, muon, type StepInputs, type Update } from '../../../src/training/optimizer.ts';
import { filled, type Parameter } from '../../../src/training/parameters.ts';
import { Random } from '../../../src/random.ts';

const LEARNING_RATE = 0.01;

/** Runs `steps` updates with given gradients and returns the parameter after each. */
async function follow(
  parameter: Parameter,
  gradients: readonly Float32Array[],
  update: (graph: Graph, step: StepInputs, value: Value, gradient: Value) => Update,
  beta1 = 0.9,
  beta2 = 0.98,
): Promise<Float32Array[]> {
  const graph = new Graph();
  const value = graph.input('value', 'float32', parameter.shape);
  const gradient = graph.input('gradient', 'float32', parameter.shape);
  const step: StepInputs = {
    learningRate: graph.input('rate', 'float32', []),
    correction1: graph.input('correction1', 'float32', []),
    correction2: graph.input('correction2', 'float32', []),
  };
  const { next, state } = update(graph, step, value, gradient);
  const outputs = Object.fromEntries([...next].map(([name, output]) => [`next.${name}`, output]));
  const session = await createSession(encodeModel(graph, outputs));
  const results: Float32Array[] = [];
  let current = parameter.data;
  for (const [index, g] of gradients.entries()) {
    const feeds = {
      value: tensor(current, parameter.shape),
      gradient: tensor(g, parameter.shape),
      rate: tensor(Float32Array.of(LEARNING_RATE), []),
      correction1: tensor(Float32Array.of(1 - beta1 ** (index + 1)), []),
      correction2: tensor(Float32Array.of(1 - beta2 ** (index + 1)), []),
    };
    const stateFeeds = Object.fromEntries(state.map(({ name, shape, data }) => [name, tensor(data, shape)]));
    const known = new Set(graph.inputs.map(input => input.name));
    const all = Object.fromEntries(Object.entries({ ...feeds, ...stateFeeds }).filter(([name]) => known.has(name)));
    const used = Object.fromEntries(
      encodeModel(graph, outputs).inputs.map(input => [input.name, all[input.name]] as const),
    );
    const result = await session.run(used);
    current = result[`next.${parameter.name}`].data as Float32Array;
    for (const part of state) part.data = result[`next.${part.name}`].data as Float32Array;
    results.push(current);
  }
  await session.dispose();
  return results;
}

describe('AdamW', () => {
  test('follows the published recurrence in double precision', async () => {
    const random = new Random('adam');
    const parameter = filled('w', [3, 4], () => random.normal());
    const gradients = Array.from({ length: 6 }, () => Float32Array.from({ length: 12 }, () => random.normal()));
    const settings = { beta1: 0.9, beta2: 0.98, weightDecay: 0.3 };
    const actual = await follow(parameter, gradients, (graph, step, value, gradient) =>
      adamW(graph, step, [{ parameter, value, gradient }], settings),
    );
    const w = Float64Array.from(parameter.data);
    const m = new Float64Array(12);
    const v = new Float64Array(12);
    gradients.forEach((g, index) => {
      for (let i = 0; i < 12; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.98 * v[i] + 0.02 * g[i] ** 2;
        const direction = m[i] / (1 - 0.9 ** (index + 1)) / (Math.sqrt(v[i] / (1 - 0.98 ** (index + 1))) + 1e-8);
        w[i] -= LEARNING_RATE * (direction + 0.3 * w[i]);
        assert.ok(Math.abs(w[i] - actual[index][i]) < 1e-5, `step ${index}, element ${i}`);
      }
    });
  });
});

describe('Muon', () => {
  for (const shape of [
    [6, 6],
    [4, 10],
    [10, 4],
  ]) {
    test(`moves a ${shape.join(' x ')} matrix by a nearly orthogonal update of the set size`, async () => {
      const random = new Random('muon', shape.join());
      const parameter = filled('w', shape, () => random.normal());
      const gradient = Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal());
      const settings = { momentum: 0.95, weightDecay: 0, updateScale: 0.2 };
      const [after] = await follow(parameter, [gradient], (graph, step, value, g) =>
        muon(graph, step, [{ parameter, value, gradient: g }], settings),
      );
      const scale = LEARNING_RATE * 0.2 * Math.sqrt(Math.max(...shape));
      const update = after.map((x, i) => (parameter.data[i] - x) / scale);
      // Newton-Schulz with these coefficients brings singular values into about [0.68, 1.13] (Jordan et al. 2024).
      for (const value of singularValues(update, shape[0], shape[1])) {
        assert.ok(value > 0.5 && value < 1.3, `singular value ${value}`);
      }
      // It follows the gradient: <update, gradient> is close to the sum of the gradient's singular values.
      let inner = 0;
      update.forEach((x, i) => (inner += x * gradient[i]));
      const nuclear = singularValues(gradient, shape[0], shape[1]).reduce((a, b) => a + b);
      assert.ok(inner > 0.65 * nuclear && inner < 1.25 * nuclear, `${inner} against ${nuclear}`);
    });
  }
});

test('gradients are scaled together to the limit, and left alone below it', async () => {
  const graph = new Graph();
  const a = graph.input('a', 'float32', [2]);
  const b = graph.input('b', 'float32', [1]);
  const { clipped, norm } = clipGradients([a, b], 1);
  const session = await createSession(encodeModel(graph, { a2: clipped[0], b2: clipped[1], norm }));
  const long = await session.run({ a: tensor(Float32Array.of(2, 3), [2]), b: tensor(Float32Array.of(6), [1]) });
  assert.equal((long['norm'].data as Float32Array)[0], 7);
  assert.ok(Math.abs((long['b2'].data as Float32Array)[0] - 6 / 7) < 1e-6);
  const short = await session.run({ a: tensor(Float32Array.of(0.2, 0.3), [2]), b: tensor(Float32Array.of(0.6), [1]) });
  assert.ok(Math.abs((short['a2'].data as Float32Array)[1] - 0.3) < 1e-7);
  await session.dispose();
});

test('a loss falls under both optimizers', async () => {
  const random = new Random('fall');
  const target = Float32Array.from({ length: 16 }, () => random.normal());
  for (const kind of ['adam', 'muon']) {
    const parameter = filled('w', [4, 4], () => random.normal());
    const start = distance(parameter.data, target);
    const graph = new Graph();
    const x = graph.input('x', 'float32', [4, 4]);
    void sum(mul(x, x), [0, 1]);
    let current = parameter.data;
    for (let i = 0; i < 30; i++) {
      const gradient = current.map((value, j) => value - target[j]);
      const fresh = { ...parameter, data: current };
      [current] = await follow(
        fresh,
        [gradient],
        (g, step, value, grad) =>
          kind === 'adam'
            ? adamW(g, step, [{ parameter: fresh, value, gradient: grad }], { beta1: 0, beta2: 0, weightDecay: 0 })
            : muon(g, step, [{ parameter: fresh, value, gradient: grad }], {
                momentum: 0,
                weightDecay: 0,
                updateScale: 1,
              }),
        0,
        0,
      );
    }
    assert.ok(distance(current, target) < start, kind);
  }
});

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((x, i) => x - b[i]));
}

/** Square roots of the eigenvalues of M M^T or M^T M, whichever is smaller, by Jacobi rotations. */
function singularValues(matrix: Float32Array, rows: number, columns: number): number[] {
  const n = Math.min(rows, columns);
  const at = (i: number, j: number): number => (rows <= columns ? matrix[i * columns + j] : matrix[j * columns + i]);
  const length = Math.max(rows, columns);
  const g = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_unused, j) => {
      let total = 0;
      for (let k = 0; k < length; k++) total += at(i, k) * at(j, k);
      return total;
    }),
  );
  for (let sweep = 0; sweep < 50; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(g[p][q]) < 1e-14) continue;
        const theta = 0.5 * Math.atan2(2 * g[p][q], g[p][p] - g[q][q]);
        const [c, s] = [Math.cos(theta), Math.sin(theta)];
        for (let k = 0; k < n; k++) [g[k][p], g[k][q]] = [c * g[k][p] + s * g[k][q], c * g[k][q] - s * g[k][p]];
        for (let k = 0; k < n; k++) [g[p][k], g[q][k]] = [c * g[p][k] + s * g[q][k], c * g[q][k] - s * g[p][k]];
      }
    }
  }
  return g.map((row, i) => Math.sqrt(Math.max(0, row[i])));
}
