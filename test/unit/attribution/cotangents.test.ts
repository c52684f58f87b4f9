/** Cotangents that stay on a device, and devices that fail: played on the CPU, whose numbers must not change. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { attribute, type AttributionOptions } from '../../../src/attribution/attribute.ts';
import type { ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { toDense } from '../../../src/attribution/sparse-matrix.ts';
import { buildPositionsGraph } from '../../../src/attribution/cotangent-graphs.ts';
import { HostCotangents } from '../../../src/attribution/cotangents.ts';
import { DeviceCotangents } from '../../../src/attribution/device-cotangents.ts';
import { FloatPool } from '../../../src/attribution/float-pool.ts';
import type { BuiltGraph } from '../../../src/attribution/transport-graphs.ts';
import { concat, createSession, DeviceTensorsLost, encodeModel, Graph, mul, tensor } from '../../../src/onnx/index.ts';
import { normals } from '../../support/random.ts';
import { referenceModel, referenceTensors } from '../../support/replacement.ts';

/** Rows and biases of every kind: gpt2 has attention biases, whose cotangents come back beside those that stay. */
const CASES = ['gpt2-clt-relu', 'gemma2-plt-jumprelu-skip'];
const OPTIONS: AttributionOptions = { leaves: true };

for (const name of CASES) {
  describe(`cotangents: ${name}`, () => {
    let model: ReplacementModel;
    let tokens: number[];
    let expected: Float32Array | Float64Array;
    before(async () => {
      model = await referenceModel(name);
      ({ tokens } = await referenceTensors(name));
      expected = toDense((await attribute(model, tokens, OPTIONS)).matrix);
    });
    after(() => model.dispose());

    const onDevice = () => Object.defineProperty(model.sessions, 'keepTensors', { value: true, configurable: true });
    const inMemory = () => delete (model.sessions as { keepTensors?: boolean }).keepTensors;

    test('those that stay on the device give the same graph', async () => {
      const staying = countStaying(model);
      onDevice();
      const { matrix } = await attribute(model, tokens, OPTIONS);
      inMemory();
      assert.ok(staying.transports > 0);
      staying.restore();
      assert.deepEqual(toDense(matrix), expected);
    });

    test('a device that fails on the way: from the top again in main memory, with the same graph', async () => {
      for (const failsAt of [1, 2]) {
        let runs = 0;
        const read = model.sessions.read.bind(model.sessions);
        model.sessions.read = async (...wanted) => {
          const session = await read(...wanted);
          return {
            ...session,
            run: (feeds, into) => {
              if (++runs !== failsAt) return session.run(feeds, into);
              inMemory();
              return Promise.reject(new DeviceTensorsLost('gone'));
            },
          };
        };
        onDevice();
        const { matrix } = await attribute(model, tokens, OPTIONS);
        assert.ok(runs > failsAt);
        model.sessions.read = read;
        assert.deepEqual(toDense(matrix), expected);
      }
    });
  });
}

test('cotangents are carried and positions are read alike in main memory and on a device', async () => {
  const sizes = { nTokens: 4, rows: 5, dModel: 3 };
  const session = ({ graph, outputs }: BuiltGraph) =>
    createSession(encodeModel(graph, outputs), { onDevice: Object.keys(outputs) });
  const positions = session(buildPositionsGraph(3));
  const graph = new Graph();
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'carried', 3]);
  const noise = graph.input('noise', 'float32', ['tokens', 'entering', 3]);
  const move = await session({ graph, outputs: { below: concat([mul(cotangent, cotangent), noise], 1) } });
  const places = [
    new HostCotangents(sizes, new FloatPool()),
    new DeviceCotangents(sizes, { positions: () => positions }),
  ]; // prettier-ignore
  const normal = normals(1);
  for (const entering of [2, 0, 2, 1]) {
    const rows = places[0].rows + entering;
    const feeds = { noise: tensor(Float32Array.from({ length: 4 * entering * 3 }, normal), [4, entering, 3]) };
    for (const place of places) await place.move(move, rows, { ...feeds, cotangent: place.carried() }, {});
    const ranges = [
      [0, 4],
      [0, 2],
      [1, 2],
      [3, 1],
    ].map(([firstPosition, positions]) => ({ firstPosition, positions }));
    // Each alone, and several at once.
    for (const some of [...ranges.map(range => [range]), ranges]) {
      const read: { dims: readonly number[]; values: number[] }[][] = [];
      for (const place of places) {
        await place.read(some, parts => {
          read.push(parts.map(({ dims, data }) => ({ dims, values: [...(data as Float32Array)] })));
          return Promise.resolve();
        });
      }
      assert.deepEqual(
        read[0].map(({ dims }) => dims),
        some.map(({ positions }) => [positions, rows, 3]),
      );
      assert.deepEqual(read[1], read[0]);
    }
  }
  for (const place of places) place.dispose();
});

/** Counts transports whose results stay on the device. */
function countStaying({ sessions }: ReplacementModel) {
  const original = sessions.transport.bind(sessions);
  const counter = { transports: 0, restore: () => void (sessions.transport = original) };
  sessions.transport = (layer, options) => {
    if (options.onDevice === true) counter.transports++;
    return original(layer, options);
  };
  return counter;
}
