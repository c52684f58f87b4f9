/**
 * What the frozen model says about attention, which graphs do not show: the sources that reach a query and a key add up
 * to its score pair by pair, and an edge is the sum of what it passes through each head and around them all. Scores and
 * heads are float64 loops over the checkpoint's tensors; what arrives where is the product's.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { attribute } from '../../../src/attribution/attribute.ts';
import { PromptTrace } from '../../../src/attribution/prompt-trace.ts';
import type { ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { FrozenModel } from '../../../src/attribution/selfcheck/frozen-model.ts';
import { NO_SOURCE } from '../../../src/attribution/source-vectors.ts';
import { toDense } from '../../../src/attribution/sparse-matrix.ts';
import type { PromptRun } from '../../../src/attribution/traced-model.ts';
import { readFloat32 } from '../../../src/checkpoint/index.ts';
import { rotate, type Vector } from '../../support/plain-mathematics.ts';
import { referenceModel, referenceTensors, relativeError } from '../../support/replacement.ts';

const TOLERANCE = 1e-5;
const [D, HEADS, SIZE] = [16, 2, 8];
const ROPE_THETA = 1e6;

/** A layer's attention: LayerNorm, learned positions and biases (GPT-2); RMSNorm, rotation, norms of queries and keys (Qwen3). */
interface AttentionWeights {
  readonly centred: boolean;
  readonly gain: Vector;
  readonly bias: Vector;
  /** [heads][SIZE][D]; what of a normalised stream becomes query, key, value. */
  readonly matrices: Readonly<Record<'q' | 'k' | 'v', Vector[][]>>;
  readonly biases: Readonly<Record<'q' | 'k' | 'v', Vector[]>>;
  /** [heads][SIZE][D]; what each number of a head's value writes. */
  readonly output: Vector[][];
  /** The gains of the norms of queries and keys. */
  readonly headGains: Readonly<Record<'q' | 'k', Vector>> | undefined;
  /** Gain of the norm before the MLP. */
  readonly mlpGain: Vector;
}

async function attentionWeights({ checkpoint }: ReplacementModel, layer: number): Promise<AttentionWeights> {
  const read = async (name: string): Promise<Vector> => Array.from(await readFloat32(checkpoint.tensor(name)));
  const none = Array<number>(D).fill(0);
  const perHead = (of: (head: number, i: number, d: number) => number): Vector[][] =>
    Array.from({ length: HEADS }, (_, h) =>
      Array.from({ length: SIZE }, (_, i) => Array.from({ length: D }, (_, d) => of(h, i, d))),
    );
  if (checkpoint.config.architecture === 'gpt2') {
    const at = `transformer.h.${layer}`;
    const [fused, fusedBias, projection] = [
      await read(`${at}.attn.c_attn.weight`),
      await read(`${at}.attn.c_attn.bias`),
      await read(`${at}.attn.c_proj.weight`),
    ];
    const part = (n: number): Vector[][] => perHead((h, i, d) => fused[d * 3 * D + n * D + h * SIZE + i]);
    const bias = (n: number): Vector[] =>
      Array.from({ length: HEADS }, (_, h) => fusedBias.slice(n * D + h * SIZE, n * D + (h + 1) * SIZE));
    return {
      centred: true,
      gain: await read(`${at}.ln_1.weight`),
      bias: await read(`${at}.ln_1.bias`),
      matrices: { q: part(0), k: part(1), v: part(2) },
      biases: { q: bias(0), k: bias(1), v: bias(2) },
      output: perHead((h, i, d) => projection[(h * SIZE + i) * D + d]),
      headGains: undefined,
      mlpGain: await read(`${at}.ln_2.weight`),
    };
  }
  const at = `model.layers.${layer}`;
  const [q, k, v, o] = await Promise.all(['q', 'k', 'v', 'o'].map(part => read(`${at}.self_attn.${part}_proj.weight`)));
  const zero = Array.from({ length: HEADS }, () => Array<number>(SIZE).fill(0));
  // One head of keys and values for both heads of queries.
  return {
    centred: false,
    gain: await read(`${at}.input_layernorm.weight`),
    bias: none,
    matrices: {
      q: perHead((h, i, d) => q[(h * SIZE + i) * D + d]),
      k: perHead((_, i, d) => k[i * D + d]),
      v: perHead((_, i, d) => v[i * D + d]),
    },
    biases: { q: zero, k: zero, v: zero },
    output: perHead((h, i, d) => o[d * HEADS * SIZE + h * SIZE + i]),
    headGains: { q: await read(`${at}.self_attn.q_norm.weight`), k: await read(`${at}.self_attn.k_norm.weight`) },
    mlpGain: await read(`${at}.post_attention_layernorm.weight`),
  };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
const plus = (vectors: readonly Vector[]): Vector =>
  vectors[0].map((_, i) => vectors.reduce((sum, x) => sum + x[i], 0));
const apply = (matrix: readonly Vector[], x: Vector): Vector => matrix.map(row => dot(row, x));

/** A norm with a given scale, without its bias: linear in x. */
function frozenNorm(x: Vector, inverseScale: number, gain: Vector, centred: boolean): Vector {
  const mean = centred ? x.reduce((a, b) => a + b, 0) / x.length : 0;
  return x.map((value, i) => (value - mean) * inverseScale * gain[i]);
}

/**
 * What each source brings to every layer's residual input, [layer][source][position] -> [D]: each sent alone through the
 * frozen model. Source 0 is what is there when nothing flows in: the biases.
 */
async function arrivals(model: ReplacementModel, run: PromptRun): Promise<Vector[][][]> {
  const { tokens, layers, embedding, positionEmbedding } = run.pass;
  const trace = await PromptTrace.create(model, run, [], { leaves: true });
  const { order } = trace;
  const frozen = new FrozenModel(model, run.pass);
  const nRows = order.nSources + 1;
  const place = (position: number, node: number): number => (position * nRows + node + 1) * D;
  let stream: Float32Array = new Float32Array(tokens.length * nRows * D);
  for (let p = 0; p < tokens.length; p++) {
    stream.set(embedding.subarray(p * D, (p + 1) * D), place(p, order.token(p)));
    if (positionEmbedding !== undefined)
      stream.set(positionEmbedding.subarray(p * D, (p + 1) * D), place(p, order.position(p)));
  }
  const all: Vector[][][] = [];
  for (let layer = 0; layer < layers.length; layer++) {
    const at = (p: number, row: number): Vector =>
      Array.from(stream.subarray((p * nRows + row) * D, (p * nRows + row + 1) * D));
    all.push(
      Array.from({ length: nRows }, (_, row) =>
        Array.from(tokens, (_, p) => (row === 0 ? at(p, 0) : plus([at(p, row), at(p, 0).map(x => -x)]))),
      ),
    );
    const written = new Float32Array(stream.length);
    const sources = await trace.sources.at(layer);
    sources.nodes.forEach((node, slot) => {
      if (node === NO_SOURCE) return;
      written.set(sources.vectors.subarray(slot * D, (slot + 1) * D), place(sources.positionOf(slot), node));
    });
    ({ residPost: stream } = await frozen.layer(layer, stream, written));
  }
  return all;
}

const cases = ['gpt2-plt-relu', 'qwen3-plt-relu'] as const;

for (const name of cases) {
  describe(`attention of ${name}`, () => {
    let model: ReplacementModel;
    let run: PromptRun;
    let arrived: Vector[][][];
    before(async () => {
      model = await referenceModel(name);
      run = await model.run((await referenceTensors(name)).tokens);
      arrived = await arrivals(model, run);
    });
    after(() => model.dispose());
    const LAYER = 2;
    const last = 6;

    /** Each source's part of a query or key, [source][SIZE], with frozen norms; the biases are source 0's. */
    function parts(weights: AttentionWeights, which: 'q' | 'k', head: number, position: number): Vector[] {
      const inverse = run.pass.layers[LAYER].inverseScales.ln1![position];
      const linear = arrived[LAYER].map((source, i) => {
        const normed = frozenNorm(source[position], inverse, weights.gain, weights.centred);
        const own = i === 0 ? plus([normed, weights.bias]) : normed;
        const projected = apply(weights.matrices[which][head], own);
        return i === 0 ? plus([projected, weights.biases[which][head]]) : projected;
      });
      const gains = weights.headGains?.[which];
      if (gains === undefined) return linear;
      const whole = plus(linear);
      const scale = Math.sqrt(dot(whole, whole) / SIZE + 1e-6);
      return linear.map(x =>
        rotate(
          x.map((value, i) => (value / scale) * gains[i]),
          position,
          pair => ROPE_THETA ** ((-2 * pair) / SIZE),
        ),
      );
    }

    const pairs = (queries: Vector[], keys: Vector[]): number[][] =>
      queries.map(query => keys.map(key => dot(query, key) / Math.sqrt(SIZE)));
    const total = (matrix: number[][]): number => matrix.flat().reduce((a, b) => a + b, 0);
    const softmax = (scores: number[]): number[] => {
      const exp = scores.map(Math.exp);
      const sum = exp.reduce((a, b) => a + b, 0);
      return exp.map(value => value / sum);
    };

    test('what arrives, over all sources and biases, is the residual stream', async () => {
      for (const [layer, sources] of arrived.entries()) {
        const expected = await (await referenceTensors(name)).floats(`cache.blocks.${layer}.hook_resid_pre`);
        const streams = run.pass.tokens.flatMap((_, p) => plus(sources.map(source => source[p])));
        assert.ok(relativeError(streams, expected) < TOLERANCE, `layer ${layer}`);
      }
    });

    test('the pairs of what reaches a query and what reaches a key sum to the score', async () => {
      const weights = await attentionWeights(model, LAYER);
      const expected = await (await referenceTensors(name)).floats(`cache.blocks.${LAYER}.attn.hook_pattern`);
      for (let head = 0; head < HEADS; head++) {
        const queries = parts(weights, 'q', head, last);
        const scores = run.pass.tokens.map((_, key) => total(pairs(queries, parts(weights, 'k', head, key))));
        const row = expected.subarray((head * 7 + last) * 7, (head * 7 + last + 1) * 7);
        assert.ok(relativeError(softmax(scores), row) < TOLERANCE, `head ${head}`);
      }
    });

    test('without gains, rotation and norms of queries and keys the scores are wrong', async () => {
      const weights = await attentionWeights(model, LAYER);
      const bare = (which: 'q' | 'k', position: number): Vector => {
        const stream = plus(arrived[LAYER].map(source => source[position]));
        const inverse = run.pass.layers[LAYER].inverseScales.ln1![position];
        return apply(
          weights.matrices[which][0],
          frozenNorm(stream, inverse, Array<number>(D).fill(1), weights.centred),
        );
      };
      const errors = run.pass.tokens.map((_, key) => {
        const exact = total(pairs(parts(weights, 'q', 0, last), parts(weights, 'k', 0, key)));
        return Math.abs(dot(bare('q', last), bare('k', key)) / Math.sqrt(SIZE) - exact) / Math.abs(exact);
      });
      assert.ok(errors.sort((a, b) => a - b)[3] > 0.1, `median error ${errors[3]}`);
    });

    test("a pattern's change follows from the changes of all its scores (softmax's Jacobian)", async () => {
      const weights = await attentionWeights(model, LAYER);
      const queries = parts(weights, 'q', 0, last);
      const keys = run.pass.tokens.map((_, key) => parts(weights, 'k', 0, key));
      const scores = keys.map(key => total(pairs(queries, key)));
      const strongest = queries
        .map(query => dot(query, query))
        .reduce((best, v, i, all) => (v > all[best] ? i : best), 0);
      const pattern = softmax(scores);
      const errorOf = (share: number): { error: number; change: number } => {
        const changes = keys.map(key => -share * total(pairs([queries[strongest]], key)));
        const mean = dot(pattern, changes);
        const predicted = pattern.map((p, k) => p * (changes[k] - mean));
        const real = softmax(scores.map((score, k) => score + changes[k])).map((p, k) => p - pattern[k]);
        return {
          error: Math.max(...real.map((value, k) => Math.abs(value - predicted[k]))),
          change: Math.max(...real.map(Math.abs)),
        };
      };
      const [coarse, fine] = [errorOf(0.05), errorOf(0.005)];
      assert.ok(fine.error < 0.05 * fine.change);
      assert.ok(coarse.error / fine.error > 50, 'the error is of second order');
    });

    test('an edge to the next layer is what passes through each head and around them', async () => {
      const layer = 1;
      const { active, matrix, order } = await attribute(model, run.pass.tokens);
      const dense = toDense(matrix);
      const weights = await attentionWeights(model, layer);
      const { ln1, ln2 } = run.pass.layers[layer].inverseScales;
      const { pattern } = run.pass.layers[layer];
      const { nTokens } = order;
      const of = (l: number): number[] => [...active.layers.keys()].filter(i => active.layers[i] === l);
      const indices = (nodes: number[]): Uint32Array => Uint32Array.from(nodes, i => active.indices[i]);
      const [sources, targets] = [of(layer - 1), of(layer)];
      const decoders = await model.dictionary.decoderRows(layer - 1, indices(sources));
      const encoders = await model.dictionary.encoderRows(layer, indices(targets));
      const row = (rows: Float32Array, i: number): Vector => Array.from(rows.subarray(i * D, (i + 1) * D));
      const [sums, edges, heads]: [number[], number[], number[][]] = [[], [], [[], []]];
      sources.forEach((source, s) => {
        const from = active.positions[source];
        const writes = row(decoders, s).map(value => value * active.activations[source]);
        const read = frozenNorm(writes, ln1![from], weights.gain, weights.centred);
        const carried = weights.matrices.v.map((value, head) => {
          const mixed = apply(value, read);
          return plus(weights.output[head].map((out, i) => out.map(x => x * mixed[i])));
        });
        targets.forEach((target, t) => {
          const to = active.positions[target];
          const arrive = (x: Vector): number =>
            dot(row(encoders, t), frozenNorm(x, ln2![to], weights.mlpGain, weights.centred));
          const loadings = carried.map((x, head) => pattern[(head * nTokens + to) * nTokens + from] * arrive(x));
          const bypass = from === to ? arrive(writes) : 0;
          loadings.forEach((loading, head) => heads[head].push(loading));
          sums.push(bypass + loadings.reduce((a, b) => a + b, 0));
          edges.push(dense[target * order.size + source]);
        });
      });
      assert.ok(heads.every(loadings => loadings.some(value => value !== 0)));
      assert.ok(relativeError(sums, edges) < TOLERANCE);
    });
  });
}
