/** The neuron basis against a frozen model in float64 loops, on random models of every architecture. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { attribute, type AttributionResult } from '../../../src/attribution/attribute.ts';
import { loadNeuronModel, type NeuronModel } from '../../../src/attribution/neuron-model.ts';
import { checkNeurons } from '../../../src/attribution/selfcheck/neurons.ts';
import { toDense } from '../../../src/attribution/sparse-matrix.ts';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { PlainTransformer, type PlainFrozen, type PlainHooks } from '../../support/plain-transformer.ts';
import { writeRandomArchitecture, type RandomArchitecture } from '../../support/random-architecture.ts';
import { relativeError } from '../../support/replacement.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** float32 against float64. */
const TOLERANCE = 1e-5;
const tokens = [1, 17, 5, 33, 8];

const gpt2 = { model_type: 'gpt2', vocab_size: 40, n_positions: 20, n_embd: 12, n_layer: 2, n_head: 3, n_inner: 10 };
const neox = {
  model_type: 'gpt_neox',
  vocab_size: 40,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 64,
  rotary_emb_base: 100,
  layer_norm_eps: 1e-5,
  hidden_act: 'gelu',
  rotary_pct: 0.5,
};
const gated = {
  vocab_size: 40,
  hidden_size: 12,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  intermediate_size: 10,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-6,
  rope_theta: 50,
};
const llama = { ...gated, model_type: 'llama', hidden_act: 'silu', tie_word_embeddings: false };
const gemma = {
  ...gated,
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 5,
  sliding_window: 3,
  layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'],
};

const cases: Record<string, RandomArchitecture> = {
  gpt2: { config: { ...gpt2, layer_norm_epsilon: 1e-5, activation_function: 'gelu_new' } },
  'gpt2 of relu in 16 bits': {
    config: { ...gpt2, layer_norm_epsilon: 1e-5, activation_function: 'relu' },
    dtype: 'F16',
  },
  'gpt_neox, parallel': { config: neox },
  'gpt_neox, one after the other': { config: { ...neox, use_parallel_residual: false } },
  llama: { config: llama },
  'llama in bfloat16, with biases of attention and MLP': {
    config: { ...llama, attention_bias: true, mlp_bias: true },
    dtype: 'BF16',
  },
  qwen3: { config: { ...llama, model_type: 'qwen3' } },
  gemma2: {
    config: { ...gemma, model_type: 'gemma2', attn_logit_softcapping: 1.5, final_logit_softcapping: 2 },
  },
  gemma3: { config: { ...gemma, model_type: 'gemma3_text', rope_local_base_freq: 20 } },
};

async function load(context: TestContext, architecture: RandomArchitecture) {
  const folder = await temporaryFolder(context);
  await writeRandomArchitecture(folder, architecture);
  const model = await loadNeuronModel(await openCheckpoint(folder), { threads: 1 });
  context.after(() => model.dispose());
  return { model, plain: await PlainTransformer.open(folder) };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * The adjacency by definition: each source alone in the frozen model, less the frozen model without any, and RelP's
 * constants from the live values.
 */
function bruteForce(plain: PlainTransformer, { active, targets, order }: AttributionResult, nLayers: number): number[] {
  const hooksOf = (run: (record: (layer: number, hooks: PlainHooks) => void) => void): PlainHooks[] => {
    const all: PlainHooks[] = [];
    run((layer, hooks) => (all[layer] = hooks));
    return all;
  };
  const weights = Array.from({ length: nLayers }, (_, layer) => plain.neurons(layer));
  let frozen: Omit<PlainFrozen, 'embedding'> | undefined;
  const live = hooksOf(record => {
    frozen = plain.run(tokens, {
      outputHook: 'mlp.hook_out',
      mlp: (layer, hooks, original) => {
        record(layer, hooks);
        return original;
      },
    });
  });
  const units = Array.from(active.layers, (layer, i) => {
    const [position, index] = [active.positions[i], active.indices[i]];
    const { up, gate, down, activate } = weights[layer];
    const pre = (matrix: { rows: number[][]; bias: number[] | undefined }): number =>
      dot(matrix.rows[index], live[layer]['mlp.hook_in'][position]) + (matrix.bias?.[index] ?? 0);
    const [u, g] = [pre(up), gate === undefined ? 0 : pre(gate)];
    // x -> x f(x)/x with f(x)/x constant; half of a product's relevance to each factor.
    const activation = gate === undefined ? activate(u) : activate(g) * u;
    const reads =
      gate === undefined
        ? up.rows[index].map(w => (w * activate(u)) / u)
        : up.rows[index].map((w, d) => 0.5 * activate(g) * w + (0.5 * activate(g) * u * gate.rows[index][d]) / g);
    return { layer, position, activation, reads, writes: down[index].map(w => w * activation) };
  });
  const silence = (): number[][] => tokens.map(() => units[0].writes.map(() => 0));
  const flow = (write: { layer: number; position: number; writes: number[] } | undefined, token: number) => {
    let normed: number[][] = [];
    const hooks = hooksOf(record => {
      const replacement = {
        outputHook: 'mlp.hook_out' as const,
        mlp: (layer: number, seen: PlainHooks): number[][] => {
          record(layer, seen);
          const written = silence();
          if (write?.layer === layer) written[write.position] = write.writes;
          return written;
        },
      };
      ({ normed } = plain.run(tokens, replacement, { ...frozen!, embedding: t => (t === token ? 1 : 0) }));
    });
    return { hooks, normed };
  };
  const nothing = flow(undefined, -1);
  const columns = [...units.map(unit => flow(unit, -1)), ...tokens.map((_, t) => flow(undefined, t))];
  const matrix = new Array<number>(order.size ** 2).fill(0);
  columns.forEach(({ hooks, normed }, column) => {
    units.forEach(({ layer, position, reads }, row) => {
      const at = (all: PlainHooks[]): number => dot(reads, all[layer]['mlp.hook_in'][position]);
      matrix[row * order.size + column] = at(hooks) - at(nothing.hooks);
    });
    targets.forEach(({ vector }, i) => {
      const at = (all: number[][]): number => dot(vector, all[tokens.length - 1]);
      matrix[order.logit(i) * order.size + column] = at(normed) - at(nothing.normed);
    });
  });
  assert.ok(
    relativeError(
      active.activations,
      units.map(({ activation }) => activation),
    ) < TOLERANCE,
    'activations',
  );
  return matrix;
}

describe('neurons of every architecture', () => {
  for (const [name, architecture] of Object.entries(cases)) {
    test(`${name}: each effect is that in a frozen model in float64`, async context => {
      const { model, plain } = await load(context, architecture);
      const result = await attribute(model, tokens);
      const { nLayers, dMlp } = model.checkpoint.config;
      const all = nLayers * dMlp * tokens.length;
      const count = result.active.layers.length;
      assert.ok(
        name.includes('relu') ? count < all && count > all / 4 : count === all,
        `${count} of ${all} are active`,
      );
      assert.equal(result.order.size, count + tokens.length + result.targets.length, 'no errors');
      const expected = bruteForce(plain, result, nLayers);
      assert.ok(expected.some(value => value !== 0));
      const error = relativeError(toDense(result.matrix), expected);
      assert.ok(error < TOLERANCE, `largest error ${error}`);
    });

    test(`${name}: the identities hold`, async context => {
      const { model } = await load(context, architecture);
      const checks = await checkNeurons(model, tokens);
      assert.deepEqual(
        checks.map(check => check.name),
        ['reconstruction', 'neuron-row-sums', 'target-row-sums', 'influence'],
      );
      for (const { name: identity, maxError } of checks) assert.ok(maxError < TOLERANCE, `${identity}: ${maxError}`);
    });
  }
});

describe('a budget of neurons', () => {
  const load3 = (context: TestContext): Promise<{ model: NeuronModel }> => load(context, cases.llama);

  test('keeps the most influential ones of the full graph, and their effects on each other', async context => {
    const { model } = await load3(context);
    const whole = await attribute(model, tokens);
    const part = await attribute(model, tokens, { maxFeatureNodes: 40 });
    const ranked = Array.from(whole.active.layers.keys()).sort(
      (a, b) => whole.pruned.influence[b] - whole.pruned.influence[a],
    );
    assert.deepEqual(
      Array.from(part.selected),
      ranked.slice(0, 40).sort((a, b) => a - b),
    );
    const n = whole.active.layers.length;
    const node = (i: number): number => part.selected[i] ?? i - part.selected.length + n;
    const dense = toDense(whole.matrix);
    const expected = Array.from({ length: part.order.size ** 2 }, (_, i) => {
      const [row, column] = [Math.floor(i / part.order.size), i % part.order.size];
      return dense[node(row) * whole.order.size + node(column)];
    });
    assert.ok(relativeError(toDense(part.matrix), expected) < 1e-6);
  });

  test('scores say how much the chosen ones hold', async context => {
    const { model } = await load3(context);
    const scores = async (maxFeatureNodes: number) => (await attribute(model, tokens, { maxFeatureNodes })).scores;
    const [few, more, all] = [await scores(5), await scores(60), await scores(1000)];
    assert.ok(few.replacement < more.replacement && more.replacement < 1);
    assert.ok(few.strictCompleteness < more.strictCompleteness && more.strictCompleteness < 1);
    // Sums of float32 effects, in another order.
    assert.ok(Math.abs(all.replacement - 1) < 1e-6 && Math.abs(all.strictCompleteness - 1) < 1e-6);
  });
});

describe('prompts', () => {
  test('one token is enough: no position is left out', async context => {
    const { model } = await load(context, cases.llama);
    const { active } = await attribute(model, [7]);
    assert.equal(active.layers.length, 30);
  });

  test('none, too many, or unknown ones are refused', async context => {
    const { model } = await load(context, cases.gpt2);
    await assertFails(() => attribute(model, []), 'prompt', 'no tokens');
    await assertFails(() => attribute(model, Array<number>(21).fill(1)), 'prompt', '21 tokens but the model reads 20');
    await assertFails(() => attribute(model, [40]), 'prompt', 'Token 40 at position 0');
    await assertFails(() => attribute(model, tokens, { maxFeatureNodes: 0 }), 'usage', '0 features');
  });
});
