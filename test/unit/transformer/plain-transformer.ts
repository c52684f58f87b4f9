/**
 * All architectures in float64 loops, written from the formulas of their papers and of transformers' modelling files alone,
 * one position at a time: the independent source that the graphs are checked against. It reads the fields of config.json
 * itself and shares nothing with src/transformer.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readFloat32, tensorIn } from '../../../src/checkpoint/index.ts';

type Vector = number[];
type Config = Readonly<Record<string, unknown>>;

export interface PlainRun {
  /** [tokens][vocabulary] */
  readonly logits: Vector[];
  /** [layers][heads][queries][keys] */
  readonly patterns: number[][][][];
}

export class PlainTransformer {
  readonly #config: Config;
  readonly #tensors: ReadonlyMap<string, Float32Array>;

  private constructor(config: Config, tensors: ReadonlyMap<string, Float32Array>) {
    this.#config = config;
    this.#tensors = tensors;
  }

  static async open(folder: string): Promise<PlainTransformer> {
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Config;
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    const tensors = new Map<string, Float32Array>();
    for (const name of file.entries.keys()) tensors.set(name, await readFloat32(tensorIn(file, name)));
    return new PlainTransformer(config, tensors);
  }

  run(tokens: readonly number[]): PlainRun {
    const family = this.#config.model_type as string;
    if (family === 'gpt2') return this.#gpt2(tokens);
    if (family === 'gpt_neox') return this.#neox(tokens);
    return this.#gated(tokens, family);
  }

  #gpt2(tokens: readonly number[]): PlainRun {
    const d = this.#number('n_embd');
    const heads = this.#number('n_head');
    const size = d / heads;
    const scale = this.#config.scale_attn_weights === false ? 1 : 1 / Math.sqrt(size);
    const norm = (x: Vector, name: string): Vector => this.#layerNorm(x, name, this.#number('layer_norm_epsilon'));
    const conv = (x: Vector, name: string): Vector => {
      const weight = this.#tensor(`${name}.weight`);
      const bias = this.#tensor(`${name}.bias`);
      return Array.from(bias, (b, o) => x.reduce((sum, value, i) => sum + value * weight[i * bias.length + o], b));
    };
    let stream = tokens.map((token, t) =>
      plus(this.#row('transformer.wte.weight', token, d), this.#row('transformer.wpe.weight', t, d)),
    );
    const patterns: number[][][][] = [];
    for (let layer = 0; layer < this.#number('n_layer'); layer++) {
      const at = `transformer.h.${layer}`;
      const qkv = stream.map(x => conv(norm(x, `${at}.ln_1`), `${at}.attn.c_attn`));
      const of = (part: number) => (t: number, h: number) =>
        qkv[t].slice(part * d + h * size, part * d + (h + 1) * size);
      const { mixed, pattern } = attend(tokens.length, heads, of(0), of(1), of(2), score => score * scale, Infinity);
      patterns.push(pattern);
      stream = stream.map((x, t) => {
        const mid = plus(x, conv(mixed[t], `${at}.attn.c_proj`));
        const hidden = conv(norm(mid, `${at}.ln_2`), `${at}.mlp.c_fc`).map(this.#activation('activation_function'));
        return plus(mid, conv(hidden, `${at}.mlp.c_proj`));
      });
    }
    const unembedding = this.#config.tie_word_embeddings === false ? 'lm_head.weight' : 'transformer.wte.weight';
    return { logits: stream.map(x => this.#linear(norm(x, 'transformer.ln_f'), unembedding)), patterns };
  }

  #neox(tokens: readonly number[]): PlainRun {
    const d = this.#number('hidden_size');
    const heads = this.#number('num_attention_heads');
    const size = d / heads;
    const rotated = Math.trunc(size * this.#number('rotary_pct'));
    const norm = (x: Vector, name: string): Vector => this.#layerNorm(x, name, this.#number('layer_norm_eps'));
    const turn = (x: Vector, t: number): Vector => [
      ...rotate(x.slice(0, rotated), t, pair => this.#number('rotary_emb_base') ** ((-2 * pair) / rotated)),
      ...x.slice(rotated),
    ];
    let stream = tokens.map(token => this.#row('gpt_neox.embed_in.weight', token, d));
    const patterns: number[][][][] = [];
    for (let layer = 0; layer < this.#number('num_hidden_layers'); layer++) {
      const at = `gpt_neox.layers.${layer}`;
      const qkv = stream.map(x => this.#affine(norm(x, `${at}.input_layernorm`), `${at}.attention.query_key_value`));
      const of = (part: number) => (t: number, h: number) => {
        const head = qkv[t].slice((3 * h + part) * size, (3 * h + part + 1) * size);
        return part === 2 ? head : turn(head, t);
      };
      const scores = (score: number): number => score / Math.sqrt(size);
      const { mixed, pattern } = attend(tokens.length, heads, of(0), of(1), of(2), scores, Infinity);
      patterns.push(pattern);
      stream = stream.map((x, t) => {
        const attended = plus(x, this.#affine(mixed[t], `${at}.attention.dense`));
        const read = this.#config.use_parallel_residual === false ? attended : x;
        const inner = this.#affine(norm(read, `${at}.post_attention_layernorm`), `${at}.mlp.dense_h_to_4h`);
        const hidden = inner.map(this.#activation('hidden_act'));
        return plus(attended, this.#affine(hidden, `${at}.mlp.dense_4h_to_h`));
      });
    }
    return {
      logits: stream.map(x => this.#linear(norm(x, 'gpt_neox.final_layer_norm'), 'embed_out.weight')),
      patterns,
    };
  }

  /** Llama, Qwen3, Gemma-2 and Gemma-3. */
  #gated(tokens: readonly number[], family: string): PlainRun {
    const gemma = family.startsWith('gemma');
    const d = this.#number('hidden_size');
    const heads = this.#number('num_attention_heads');
    const size = this.#number('head_dim');
    const group = heads / this.#number('num_key_value_heads');
    const norm = (x: Vector, name: string): Vector => this.#rmsNorm(x, name, gemma ? 1 : 0);
    const headNorms = family === 'qwen3' || family === 'gemma3_text';
    const query = this.#config.query_pre_attn_scalar as number | undefined;
    const attentionCap = this.#config.attn_logit_softcapping as number | null | undefined;
    const finalCap = this.#config.final_logit_softcapping as number | null | undefined;
    let stream = tokens.map(token =>
      this.#row('model.embed_tokens.weight', token, d).map(x => x * (gemma ? Math.sqrt(d) : 1)),
    );
    const patterns: number[][][][] = [];
    for (let layer = 0; layer < this.#number('num_hidden_layers'); layer++) {
      const at = `model.layers.${layer}`;
      const sliding = (this.#config.layer_types as string[] | undefined)?.[layer] === 'sliding_attention';
      const frequency = (pair: number): number => this.#frequency(pair, size, sliding && family === 'gemma3_text');
      const read = stream.map(x => norm(x, `${at}.input_layernorm`));
      const of = (part: 'q' | 'k' | 'v') => (t: number, h: number) => {
        const index = part === 'q' ? h : Math.floor(h / group);
        const all = this.#affine(read[t], `${at}.self_attn.${part}_proj`);
        const head = all.slice(index * size, (index + 1) * size);
        if (part === 'v') return head;
        return rotate(headNorms ? norm(head, `${at}.self_attn.${part}_norm`) : head, t, frequency);
      };
      const scores = (score: number): number => {
        const scaled = score / Math.sqrt(query ?? size);
        return attentionCap == null ? scaled : attentionCap * Math.tanh(scaled / attentionCap);
      };
      const window = sliding ? this.#number('sliding_window') : Infinity;
      const { mixed, pattern } = attend(tokens.length, heads, of('q'), of('k'), of('v'), scores, window);
      patterns.push(pattern);
      stream = stream.map((x, t) => {
        const attention = this.#affine(mixed[t], `${at}.self_attn.o_proj`);
        const mid = plus(x, gemma ? norm(attention, `${at}.post_attention_layernorm`) : attention);
        const mlpIn = norm(mid, `${at}.${gemma ? 'pre_feedforward' : 'post_attention'}_layernorm`);
        const gate = this.#affine(mlpIn, `${at}.mlp.gate_proj`);
        const activate = this.#activation(gemma ? 'hidden_activation' : 'hidden_act');
        const hidden = this.#affine(mlpIn, `${at}.mlp.up_proj`).map((up, i) => up * activate(gate[i]));
        const out = this.#affine(hidden, `${at}.mlp.down_proj`);
        return plus(mid, gemma ? norm(out, `${at}.post_feedforward_layernorm`) : out);
      });
    }
    const tied = (this.#config.tie_word_embeddings ?? gemma) as boolean;
    const cap = (logit: number): number => (finalCap == null ? logit : finalCap * Math.tanh(logit / finalCap));
    const unembedding = tied ? 'model.embed_tokens.weight' : 'lm_head.weight';
    return { logits: stream.map(x => this.#linear(norm(x, 'model.norm'), unembedding).map(cap)), patterns };
  }

  #frequency(pair: number, size: number, local: boolean): number {
    if (local) return this.#number('rope_local_base_freq') ** ((-2 * pair) / size);
    const plain = this.#number('rope_theta') ** ((-2 * pair) / size);
    const scaling = this.#config.rope_scaling as { rope_type: string; factor: number } | null | undefined;
    return scaling?.rope_type === 'linear' ? plain / scaling.factor : plain;
  }

  #activation(field: string): (x: number) => number {
    const name = this.#config[field] as string;
    if (name === 'silu') return x => x / (1 + Math.exp(-x));
    if (name === 'relu') return x => Math.max(0, x);
    if (name === 'gelu') return x => (x * (1 + erf(x / Math.SQRT2))) / 2;
    return x => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  }

  #layerNorm(x: Vector, name: string, epsilon: number): Vector {
    const [weight, bias] = [this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`)];
    const mean = x.reduce((a, b) => a + b) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    return x.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * weight[i] + bias[i]);
  }

  #rmsNorm(x: Vector, name: string, offset: number): Vector {
    const weight = this.#tensor(`${name}.weight`);
    const square = x.reduce((sum, value) => sum + value ** 2, 0) / x.length;
    const scale = Math.sqrt(square + this.#number('rms_norm_eps'));
    return x.map((value, i) => (value / scale) * (offset + weight[i]));
  }

  /** W x + b, W stored as [outputs, inputs]; without b where there is none. */
  #affine(x: Vector, name: string): Vector {
    const product = this.#linear(x, `${name}.weight`);
    const bias = this.#tensors.get(`${name}.bias`);
    return bias === undefined ? product : product.map((value, i) => value + bias[i]);
  }

  #linear(x: Vector, name: string): Vector {
    const weight = this.#tensor(name);
    return Array.from({ length: weight.length / x.length }, (_, o) =>
      x.reduce((sum, value, i) => sum + value * weight[o * x.length + i], 0),
    );
  }

  #row(name: string, index: number, width: number): Vector {
    return Array.from(this.#tensor(name).subarray(index * width, (index + 1) * width));
  }

  #tensor(name: string): Float32Array {
    const values = this.#tensors.get(name);
    if (values === undefined) throw new Error(`there is no tensor ${name}`);
    return values;
  }

  #number(field: string): number {
    const value = this.#config[field];
    if (typeof value !== 'number') throw new Error(`${field} is not a number`);
    return value;
  }
}

type HeadVectors = (position: number, head: number) => Vector;

/** Softmax attention over the last `window` positions up to the query's; heads side by side in `mixed`. */
function attend(
  nTokens: number,
  nHeads: number,
  query: HeadVectors,
  key: HeadVectors,
  value: HeadVectors,
  scores: (product: number) => number,
  window: number,
): { mixed: Vector[]; pattern: number[][][] } {
  const mixed: Vector[] = Array.from({ length: nTokens }, () => []);
  const pattern: number[][][] = [];
  for (let h = 0; h < nHeads; h++) {
    pattern.push([]);
    for (let t = 0; t < nTokens; t++) {
      const row = Array<number>(nTokens).fill(0);
      let total = 0;
      for (let s = 0; s <= t; s++) {
        if (t - s >= window) continue;
        total += row[s] = Math.exp(scores(dot(query(t, h), key(s, h))));
      }
      pattern[h].push(row.map(weight => weight / total));
      const size = value(0, h).length;
      for (let i = 0; i < size; i++) {
        mixed[t].push(pattern[h][t].reduce((sum, weight, s) => sum + (weight === 0 ? 0 : weight * value(s, h)[i]), 0));
      }
    }
  }
  return { mixed, pattern };
}

/** Each pair (i, i + half) as a complex number, times e^(i position frequency). */
function rotate(x: Vector, position: number, frequency: (pair: number) => number): Vector {
  const half = x.length / 2;
  const result = [...x];
  for (let pair = 0; pair < half; pair++) {
    const [re, im] = [Math.cos(position * frequency(pair)), Math.sin(position * frequency(pair))];
    result[pair] = x[pair] * re - x[pair + half] * im;
    result[pair + half] = x[pair] * im + x[pair + half] * re;
  }
  return result;
}

/** By Taylor's series, exact to rounding for the arguments that occur here (up to about 5). */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 && n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return Math.max(-1, Math.min(1, (2 / Math.sqrt(Math.PI)) * sum));
}

function plus(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value + b[i]);
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
