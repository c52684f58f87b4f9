/** Activations, pre-activations and reconstruction errors against circuit-tracer's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BatchEncoder } from '../../src/attribution/activation-source.ts';
import { NodeOrder } from '../../src/attribution/node-order.ts';
import type { ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { DictionarySources } from '../../src/attribution/sources.ts';
import { createSession, encodeModel, Graph, tensor } from '../../src/onnx/index.ts';
import { DecoderReader, preActivations } from '../../src/dictionary/index.ts';
import { referenceCases } from '../support/reference.ts';
import { referenceModel, referenceTensors, relativeError, type ReferenceTensors } from '../support/replacement.ts';

const TOLERANCE = 2e-6;
/** What an MLP wrote through Gemma's norm after it (test/parity/forward.test.ts says why). */
const POST_NORM_TOLERANCE = 4e-6;

for (const name of referenceCases) {
  describe(`encoding: ${name}`, () => {
    let model: ReplacementModel;
    let reference: ReferenceTensors;
    before(async () => {
      model = await referenceModel(name);
      reference = await referenceTensors(name);
    });
    after(() => model.dispose());

    test('active features and their activations', async () => {
      const { active } = await model.run(reference.tokens);
      const indices = await reference.integers('active_indices');
      assert.deepEqual([...active.layers, ...active.positions, ...active.indices], indices);
      assertClose(active.activations, await reference.floats('active_values'));
    });

    test('pre-activations, dense (the reference has zeros at position 0)', async () => {
      const { pass } = await model.run(reference.tokens);
      const computed: number[] = [];
      for (const [layer, { input }] of pass.layers.entries()) {
        const graph = new Graph();
        const x = graph.input('x', 'float32', ['rows', model.dictionary.dModel]);
        const session = await createSession(encodeModel(graph, { pre: preActivations(model.dictionary, layer, x) }));
        const { pre } = await session.run({ x: tensor(input, [reference.tokens.length, model.dictionary.dModel]) });
        computed.push(...(pre.data as Float32Array).fill(0, 0, model.dictionary.layers[layer].nFeatures));
        await session.dispose();
      }
      assertClose(computed, await reference.floats('pre_activations'));
    });

    test('error vectors, zero at position 0', async () => {
      const { pass, active } = await model.run(reference.tokens);
      const order = new NodeOrder(active.layers.length, pass.layers.length, reference.tokens.length, 0);
      const sources = new DictionarySources(
        new DecoderReader(model.dictionary),
        pass,
        active,
        order,
        model.biases,
        model.nZeroed,
      );
      const errors: number[] = [];
      for (const layer of pass.layers.keys()) errors.push(...(await sources.errors(layer)));
      const { config } = model.checkpoint;
      const isNormed = config.architecture.startsWith('gemma') && model.dictionary.outputHook === 'hook_mlp_out';
      assertClose(errors, await reference.floats('error_vectors'), isNormed ? POST_NORM_TOLERANCE : TOLERANCE);
    });

    test('batches of other lengths give the same activations', async () => {
      const encoder = await BatchEncoder.create(model.checkpoint, model.dictionary);
      const { tokens } = reference;
      const prefix = tokens.slice(0, 4);
      const batch = [tokens, prefix, [], tokens.toReversed(), [tokens[0]]].map(ids => Int32Array.from(ids));
      const encoded = await encoder.encode(batch);
      const expected = await reference.floats('activations');
      for (const [sequence, length] of [
        [0, tokens.length],
        [1, prefix.length],
        [2, 0],
        [4, 1],
      ]) {
        const dense = new Float32Array(expected.length);
        const cut = Float32Array.from(expected);
        const perLayer = expected.length / encoder.nLayers;
        const width = perLayer / tokens.length;
        for (const [layer, { position, feature, value }] of encoded[sequence].entries()) {
          position.forEach((p, i) => (dense[layer * perLayer + p * width + feature[i]] = value[i]));
          cut.fill(0, layer * perLayer + length * width, (layer + 1) * perLayer);
        }
        assertClose(dense, cut);
      }
      await encoder.dispose();
    });
  });
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = TOLERANCE): void {
  const error = relativeError(actual, expected);
  assert.ok(error < tolerance, `off by ${error} of the largest`);
}
