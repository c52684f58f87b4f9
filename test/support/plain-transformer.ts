/**
 * All architectures in float64 loops, written from the formulas of their papers and of transformers' modelling files alone,
 * one position at a time: the independent source that the graphs are checked against. It reads the fields of config.json
 * itself and shares nothing with src/transformer.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readFloat32, tensorIn } from '../../src/checkpoint/index.ts';
import { attend, erf, plus, rotate, type Vector } from './plain-mathematics.ts';

type Config = Readonly<Record<string, unknown>>;

export interface PlainRun {
  /** [tokens][vocabulary] */
  readonly logits: Vector[];
  /** [layers][heads][queries][keys] */
  readonly patterns: number[][][][];
  /** Denominators of all norms, in the order in which they are computed. */
  readonly scales: number[];
  /** The final norm's output, [tokens][dModel] */
  readonly normed: Vector[];
}

/** What a frozen run takes from another run: with it the model is affine in what is embedded and written. */
export interface PlainFrozen extends Pick<PlainRun, 'patterns' | 'scales'> {
  /** What each position's token embedding is multiplied with. */
  readonly embedding: (position: number) => number;
}

/** An MLP's matrices: `rows` of up and gate are what each neuron reads, of down what it writes. */
export interface PlainNeurons {
  readonly up: { readonly rows: Vector[]; readonly bias: Vector | undefined };
  readonly gate: { readonly rows: Vector[]; readonly bias: Vector | undefined } | undefined;
  readonly down: Vector[];
  readonly activate: (x: number) => number;
}

/** Values of one layer at the hooks that dictionaries read, [tokens][dModel]. */
export interface PlainHooks {
  readonly hook_resid_mid: Vector[];
  readonly 'ln2.hook_normalized': Vector[];
  readonly 'mlp.hook_in': Vector[];
}

/** What is written in place of an MLP's output, which is `original` at the hook. */
export type PlainMlp = (layer: number, hooks: PlainHooks, original: Vector[]) => Vector[];

export interface PlainReplacement {
  readonly outputHook: 'mlp.hook_out' | 'hook_mlp_out';
  readonly mlp: PlainMlp;
}

/** A norm's values as TransformerLens names them: before the weight in an RMSNorm, the output in a LayerNorm. */
interface Normed {
  readonly normalized: Vector;
  readonly output: Vector;
}

export class PlainTransformer {
  readonly #config: Config;
  readonly #tensors: ReadonlyMap<string, Float32Array>;
  #frozen: PlainFrozen | undefined;
  #scales: number[] = [];

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

  run(tokens: readonly number[], replacement?: PlainReplacement, frozen?: PlainFrozen): PlainRun {
    this.#frozen = frozen;
    this.#scales = [];
    return { ...this.#run(tokens, replacement), scales: this.#scales };
  }

  neurons(layer: number): PlainNeurons {
    const family = this.#config.model_type as string;
    const isConv = family === 'gpt2';
    const names =
      {
        gpt2: [`transformer.h.${layer}.mlp.c_fc`, undefined, `transformer.h.${layer}.mlp.c_proj`],
        gpt_neox: [
          `gpt_neox.layers.${layer}.mlp.dense_h_to_4h`,
          undefined,
          `gpt_neox.layers.${layer}.mlp.dense_4h_to_h`,
        ],
      }[family] ?? ['up', 'gate', 'down'].map(part => `model.layers.${layer}.mlp.${part}_proj`);
    const [up, gate, down] = names;
    const width = this.#tensor(`${down!}.weight`).length;
    const d = this.#number(isConv ? 'n_embd' : 'hidden_size');
    const matrix = (name: string, byNeuron: boolean): Vector[] => {
      const weight = this.#tensor(`${name}.weight`);
      const count = width / d;
      const at = (i: number, j: number): number => weight[byNeuron ? i * d + j : j * count + i];
      return Array.from({ length: count }, (_, i) => Array.from({ length: d }, (_, j) => at(i, j)));
    };
    const read = (name: string) => {
      const bias = this.#tensors.get(`${name}.bias`);
      return { rows: matrix(name, !isConv), bias: bias === undefined ? undefined : Array.from(bias) };
    };
    const field =
      { gpt2: 'activation_function' }[family] ?? (family.startsWith('gemma') ? 'hidden_activation' : 'hidden_act');
    return {
      up: read(up!),
      gate: gate === undefined ? undefined : read(gate),
      down: matrix(down!, isConv),
      activate: this.#activation(field),
    };
  }

  /** The scale of the next norm: `computed`, or that of the frozen run. */
  #scale(computed: number): number {
    const scale = this.#frozen === undefined ? computed : this.#frozen.scales[this.#scales.length];
    this.#scales.push(scale);
    return scale;
  }

  #embedding(x: Vector, position: number): Vector {
    const factor = this.#frozen?.embedding(position) ?? 1;
    return x.map(value => value * factor);
  }

  #run(tokens: readonly number[], replacement: PlainReplacement | undefined): Omit<PlainRun, 'scales'> {
    const family = this.#config.model_type as string;
    if (family === 'gpt2') return this.#gpt2(tokens, replacement);
    if (family === 'gpt_neox') return this.#neox(tokens, replacement);
    return this.#gated(tokens, family, replacement);
  }

  #gpt2(tokens: readonly number[], replacement: PlainReplacement | undefined): Omit<PlainRun, 'scales'> {
    const d = this.#number('n_embd');
    const heads = this.#number('n_head');
    const size = d / heads;
    const scale = this.#config.scale_attn_weights === false ? 1 : 1 / Math.sqrt(size);
    const norm = (x: Vector, name: string): Normed => this.#layerNorm(x, name, this.#number('layer_norm_epsilon'));
    const conv = (x: Vector, name: string): Vector => {
      const weight = this.#tensor(`${name}.weight`);
      const bias = this.#tensor(`${name}.bias`);
      return Array.from(bias, (b, o) => x.reduce((sum, value, i) => sum + value * weight[i * bias.length + o], b));
    };
    let stream = tokens.map((token, t) =>
      plus(
        this.#embedding(this.#row('transformer.wte.weight', token, d), t),
        this.#row('transformer.wpe.weight', t, d),
      ),
    );
    const patterns: number[][][][] = [];
    for (let layer = 0; layer < this.#number('n_layer'); layer++) {
      const at = `transformer.h.${layer}`;
      const qkv = stream.map(x => conv(norm(x, `${at}.ln_1`).output, `${at}.attn.c_attn`));
      const of = (part: number) => (t: number, h: number) =>
        qkv[t].slice(part * d + h * size, part * d + (h + 1) * size);
      const { mixed, pattern } = attend(
        tokens.length,
        heads,
        of(0),
        of(1),
        of(2),
        score => score * scale,
        Infinity,
        this.#frozen?.patterns[layer],
      );
      patterns.push(pattern);
      const mids = stream.map((x, t) => plus(x, conv(mixed[t], `${at}.attn.c_proj`)));
      const activate = this.#activation('activation_function');
      const written = mlpOutputs(layer, mids, replacement, {
        norm: x => norm(x, `${at}.ln_2`),
        mlp: x => conv(conv(x, `${at}.mlp.c_fc`).map(activate), `${at}.mlp.c_proj`),
      });
      stream = mids.map((mid, t) => plus(mid, written[t]));
    }
    const unembedding = this.#config.tie_word_embeddings === false ? 'lm_head.weight' : 'transformer.wte.weight';
    const normed = stream.map(x => norm(x, 'transformer.ln_f').output);
    return { logits: normed.map(x => this.#linear(x, unembedding)), patterns, normed };
  }

  #neox(tokens: readonly number[], replacement: PlainReplacement | undefined): Omit<PlainRun, 'scales'> {
    const d = this.#number('hidden_size');
    const heads = this.#number('num_attention_heads');
    const size = d / heads;
    const rotated = Math.trunc(size * this.#number('rotary_pct'));
    const norm = (x: Vector, name: string): Normed => this.#layerNorm(x, name, this.#number('layer_norm_eps'));
    const turn = (x: Vector, t: number): Vector => [
      ...rotate(x.slice(0, rotated), t, pair => this.#number('rotary_emb_base') ** ((-2 * pair) / rotated)),
      ...x.slice(rotated),
    ];
    let stream = tokens.map((token, t) => this.#embedding(this.#row('gpt_neox.embed_in.weight', token, d), t));
    const patterns: number[][][][] = [];
    for (let layer = 0; layer < this.#number('num_hidden_layers'); layer++) {
      const at = `gpt_neox.layers.${layer}`;
      const qkv = stream.map(x =>
        this.#affine(norm(x, `${at}.input_layernorm`).output, `${at}.attention.query_key_value`),
      );
      const of = (part: number) => (t: number, h: number) => {
        const head = qkv[t].slice((3 * h + part) * size, (3 * h + part + 1) * size);
        return part === 2 ? head : turn(head, t);
      };
      const scores = (score: number): number => score / Math.sqrt(size);
      const { mixed, pattern } = attend(
        tokens.length,
        heads,
        of(0),
        of(1),
        of(2),
        scores,
        Infinity,
        this.#frozen?.patterns[layer],
      );
      patterns.push(pattern);
      const attended = stream.map((x, t) => plus(x, this.#affine(mixed[t], `${at}.attention.dense`)));
      const activate = this.#activation('hidden_act');
      const read = this.#config.use_parallel_residual === false ? attended : stream;
      const written = mlpOutputs(layer, read, replacement, {
        norm: x => norm(x, `${at}.post_attention_layernorm`),
        mlp: x => this.#affine(this.#affine(x, `${at}.mlp.dense_h_to_4h`).map(activate), `${at}.mlp.dense_4h_to_h`),
      });
      stream = attended.map((x, t) => plus(x, written[t]));
    }
    const normed = stream.map(x => norm(x, 'gpt_neox.final_layer_norm').output);
    return { logits: normed.map(x => this.#linear(x, 'embed_out.weight')), patterns, normed };
  }

  /** Llama, Qwen3, Gemma-2 and Gemma-3. */
  #gated(
    tokens: readonly number[],
    family: string,
    replacement: PlainReplacement | undefined,
  ): Omit<PlainRun, 'scales'> {
    const gemma = family.startsWith('gemma');
    const d = this.#number('hidden_size');
    const heads = this.#number('num_attention_heads');
    const size = this.#number('head_dim');
    const group = heads / this.#number('num_key_value_heads');
    const norm = (x: Vector, name: string): Normed => this.#rmsNorm(x, name, gemma ? 1 : 0);
    const headNorms = family === 'qwen3' || family === 'gemma3_text';
    const query = this.#config.query_pre_attn_scalar as number | undefined;
    const attentionCap = this.#config.attn_logit_softcapping as number | null | undefined;
    const finalCap = this.#config.final_logit_softcapping as number | null | undefined;
    let stream = tokens.map((token, t) =>
      this.#embedding(this.#row('model.embed_tokens.weight', token, d), t).map(x => x * (gemma ? Math.sqrt(d) : 1)),
    );
    const patterns: number[][][][] = [];
    for (let layer = 0; layer < this.#number('num_hidden_layers'); layer++) {
      const at = `model.layers.${layer}`;
      const sliding = (this.#config.layer_types as string[] | undefined)?.[layer] === 'sliding_attention';
      const frequency = (pair: number): number => this.#frequency(pair, size, sliding && family === 'gemma3_text');
      const read = stream.map(x => norm(x, `${at}.input_layernorm`).output);
      const of = (part: 'q' | 'k' | 'v') => (t: number, h: number) => {
        const index = part === 'q' ? h : Math.floor(h / group);
        const all = this.#affine(read[t], `${at}.self_attn.${part}_proj`);
        const head = all.slice(index * size, (index + 1) * size);
        if (part === 'v') return head;
        return rotate(headNorms ? norm(head, `${at}.self_attn.${part}_norm`).output : head, t, frequency);
      };
      const scores = (score: number): number => {
        const scaled = score / Math.sqrt(query ?? size);
        return attentionCap == null ? scaled : attentionCap * Math.tanh(scaled / attentionCap);
      };
      const window = sliding ? this.#number('sliding_window') : Infinity;
      const { mixed, pattern } = attend(
        tokens.length,
        heads,
        of('q'),
        of('k'),
        of('v'),
        scores,
        window,
        this.#frozen?.patterns[layer],
      );
      patterns.push(pattern);
      const after = (x: Vector, name: string): Vector => (gemma ? norm(x, `${at}.post_${name}_layernorm`).output : x);
      const mids = stream.map((x, t) => plus(x, after(this.#affine(mixed[t], `${at}.self_attn.o_proj`), 'attention')));
      const activate = this.#activation(gemma ? 'hidden_activation' : 'hidden_act');
      const written = mlpOutputs(layer, mids, replacement, {
        norm: x => norm(x, `${at}.${gemma ? 'pre_feedforward' : 'post_attention'}_layernorm`),
        mlp: x => {
          const gate = this.#affine(x, `${at}.mlp.gate_proj`);
          const hidden = this.#affine(x, `${at}.mlp.up_proj`).map((up, i) => up * activate(gate[i]));
          return this.#affine(hidden, `${at}.mlp.down_proj`);
        },
        after: x => after(x, 'feedforward'),
      });
      stream = mids.map((mid, t) => plus(mid, written[t]));
    }
    const tied = (this.#config.tie_word_embeddings ?? gemma) as boolean;
    const cap = (logit: number): number => (finalCap == null ? logit : finalCap * Math.tanh(logit / finalCap));
    const unembedding = tied ? 'model.embed_tokens.weight' : 'lm_head.weight';
    const normed = stream.map(x => norm(x, 'model.norm').output);
    return { logits: normed.map(x => this.#linear(x, unembedding).map(cap)), patterns, normed };
  }

  #frequency(pair: number, size: number, local: boolean): number {
    if (local) return this.#number('rope_local_base_freq') ** ((-2 * pair) / size);
    const plain = this.#number('rope_theta') ** ((-2 * pair) / size);
    const scaling = this.#config.rope_scaling as (Readonly<Record<string, number>> & { rope_type: string }) | null;
    if (scaling == null || scaling.rope_type === 'default') return plain;
    if (scaling.rope_type === 'linear') return plain / scaling.factor;
    const turns = (scaling.original_max_position_embeddings * plain) / (2 * Math.PI);
    const share = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
    const kept = Math.max(0, Math.min(1, share));
    return plain * kept + (plain / scaling.factor) * (1 - kept);
  }

  #activation(field: string): (x: number) => number {
    const name = this.#config[field] as string;
    if (name === 'silu') return x => x / (1 + Math.exp(-x));
    if (name === 'relu') return x => Math.max(0, x);
    if (name === 'gelu') return x => (x * (1 + erf(x / Math.SQRT2))) / 2;
    return x => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  }

  #layerNorm(x: Vector, name: string, epsilon: number): Normed {
    const [weight, bias] = [this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`)];
    const mean = x.reduce((a, b) => a + b) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const scale = this.#scale(Math.sqrt(variance + epsilon));
    const output = x.map((value, i) => ((value - mean) / scale) * weight[i] + bias[i]);
    return { normalized: output, output };
  }

  #rmsNorm(x: Vector, name: string, offset: number): Normed {
    const weight = this.#tensor(`${name}.weight`);
    const square = x.reduce((sum, value) => sum + value ** 2, 0) / x.length;
    const scale = this.#scale(Math.sqrt(square + this.#number('rms_norm_eps')));
    const normalized = x.map(value => value / scale);
    return { normalized, output: normalized.map((value, i) => value * (offset + weight[i])) };
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

/** What is added to the residual stream for `reads`, what each position's MLP reads before its norm. */
function mlpOutputs(
  layer: number,
  reads: Vector[],
  replacement: PlainReplacement | undefined,
  parts: { norm: (x: Vector) => Normed; mlp: (x: Vector) => Vector; after?: (x: Vector) => Vector },
): Vector[] {
  const norms = reads.map(parts.norm);
  const hooks: PlainHooks = {
    hook_resid_mid: reads,
    'ln2.hook_normalized': norms.map(({ normalized }) => normalized),
    'mlp.hook_in': norms.map(({ output }) => output),
  };
  const at = (hook: PlainReplacement['outputHook'], values: Vector[]): Vector[] =>
    replacement?.outputHook === hook ? replacement.mlp(layer, hooks, values) : values;
  const inner = at(
    'mlp.hook_out',
    norms.map(({ output }) => parts.mlp(output)),
  );
  return at('hook_mlp_out', parts.after === undefined ? inner : inner.map(parts.after));
}
