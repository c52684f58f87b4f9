/** Random checkpoints of any architecture, from its config.json: for tests of what the reference cases do not have. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors, type WritableTensor } from '../../src/checkpoint/index.ts';
import { normals } from './random.ts';

export interface RandomArchitecture {
  /** config.json as transformers writes it; sizes are read from it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** Stands before the names of the model's own tensors instead of transformers' usual prefix. */
  readonly prefix?: string;
}

/** Writes config.json and model.safetensors. The same seed gives the same bytes. */
export async function writeRandomArchitecture(folder: string, model: RandomArchitecture, seed = 1): Promise<void> {
  const { config, dtype = 'F32', prefix } = model;
  const normal = normals(seed);
  const usual = { gpt2: 'transformer.', gpt_neox: 'gpt_neox.' }[String(config.model_type)] ?? 'model.';
  const tensors = tensorShapes(config).map(([name, ...shape]): WritableTensor => {
    const isNorm = /(norm|ln_[12f])\.weight$/.test(name);
    const isGemma = String(config.model_type).startsWith('gemma');
    // A matrix keeps the scale of what it reads; the inputs of GPT-2's lie in the first dimension.
    const isConv = /c_(attn|proj|fc)\.weight$/.test(name);
    const scale = shape.length === 1 ? 0.3 : isEmbedding(name) ? 1 : 1 / Math.sqrt(isConv ? shape[0] : shape[1]);
    const value = (): number => (isNorm ? (isGemma ? 0 : 1) + 0.2 * normal() : normal() * scale);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value);
    const stored = prefix !== undefined && name.startsWith(usual) ? prefix + name.slice(usual.length) : name;
    return { name: stored, dtype, shape, data };
  });
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config, null, 1));
}

type NamedShape = readonly [name: string, ...shape: number[]];

function isEmbedding(name: string): boolean {
  return /(wte|wpe|embed_in|embed_tokens)\.weight$/.test(name);
}

/** Hugging Face names and shapes, from transformers' modelling files. */
function tensorShapes(config: Readonly<Record<string, unknown>>): NamedShape[] {
  if (config.model_type === 'gpt2') return gpt2Shapes(config);
  return config.model_type === 'gpt_neox' ? neoxShapes(config) : gatedShapes(config);
}

function gpt2Shapes(config: Readonly<Record<string, unknown>>): NamedShape[] {
  const [v, p, d, n] = ['vocab_size', 'n_positions', 'n_embd', 'n_layer'].map(field => Number(config[field]));
  const inner = Number(config.n_inner ?? 4 * d);
  const shapes: NamedShape[] = [
    ['transformer.wte.weight', v, d],
    ['transformer.wpe.weight', p, d],
  ];
  for (let layer = 0; layer < n; layer++) {
    const at = `transformer.h.${layer}`;
    const conv = (name: string, inputs: number, outputs: number): NamedShape[] => [
      [`${at}.${name}.weight`, inputs, outputs],
      [`${at}.${name}.bias`, outputs],
    ];
    shapes.push(...pair(`${at}.ln_1`, d), ...conv('attn.c_attn', d, 3 * d), ...conv('attn.c_proj', d, d));
    shapes.push(...pair(`${at}.ln_2`, d), ...conv('mlp.c_fc', d, inner), ...conv('mlp.c_proj', inner, d));
  }
  shapes.push(...pair('transformer.ln_f', d));
  if (config.tie_word_embeddings === false) shapes.push(['lm_head.weight', v, d]);
  return shapes;
}

function neoxShapes(config: Readonly<Record<string, unknown>>): NamedShape[] {
  const fields = ['vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers'];
  const [v, d, inner, n] = fields.map(field => Number(config[field]));
  const shapes: NamedShape[] = [['gpt_neox.embed_in.weight', v, d]];
  for (let layer = 0; layer < n; layer++) {
    const at = `gpt_neox.layers.${layer}`;
    const matrix = (name: string, outputs: number, inputs: number, biased = true): NamedShape[] => [
      [`${at}.${name}.weight`, outputs, inputs],
      ...(biased ? ([[`${at}.${name}.bias`, outputs]] satisfies NamedShape[]) : []),
    ];
    const biased = config.attention_bias !== false;
    shapes.push(
      ...pair(`${at}.input_layernorm`, d),
      ...matrix('attention.query_key_value', 3 * d, d, biased),
      ...matrix('attention.dense', d, d, biased),
      ...pair(`${at}.post_attention_layernorm`, d),
      ...matrix('mlp.dense_h_to_4h', inner, d),
      ...matrix('mlp.dense_4h_to_h', d, inner),
    );
  }
  return [...shapes, ...pair('gpt_neox.final_layer_norm', d), ['embed_out.weight', v, d]];
}

function gatedShapes(config: Readonly<Record<string, unknown>>): NamedShape[] {
  const fields = ['vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads'];
  const [v, d, inner, n, heads] = fields.map(field => Number(config[field]));
  const size = Number(config.head_dim);
  const keys = Number(config.num_key_value_heads) * size;
  const gemma = String(config.model_type).startsWith('gemma');
  const headNorms = config.model_type === 'qwen3' || config.model_type === 'gemma3_text';
  const shapes: NamedShape[] = [['model.embed_tokens.weight', v, d]];
  for (let layer = 0; layer < n; layer++) {
    const at = `model.layers.${layer}`;
    const matrix = (name: string, outputs: number, inputs: number): NamedShape[] => [
      [`${at}.${name}.weight`, outputs, inputs],
      ...((name.startsWith('self_attn') ? config.attention_bias : config.mlp_bias) === true
        ? ([[`${at}.${name}.bias`, outputs]] satisfies NamedShape[])
        : []),
    ];
    const norms = gemma
      ? ['input_layernorm', 'post_attention_layernorm', 'pre_feedforward_layernorm', 'post_feedforward_layernorm']
      : ['input_layernorm', 'post_attention_layernorm'];
    shapes.push(...norms.map((name): NamedShape => [`${at}.${name}.weight`, d]));
    if (headNorms) shapes.push([`${at}.self_attn.q_norm.weight`, size], [`${at}.self_attn.k_norm.weight`, size]);
    shapes.push(
      ...matrix('self_attn.q_proj', heads * size, d),
      ...matrix('self_attn.k_proj', keys, d),
      ...matrix('self_attn.v_proj', keys, d),
      ...matrix('self_attn.o_proj', d, heads * size),
      ...matrix('mlp.gate_proj', inner, d),
      ...matrix('mlp.up_proj', inner, d),
      ...matrix('mlp.down_proj', d, inner),
    );
  }
  shapes.push(['model.norm.weight', d]);
  if (!((config.tie_word_embeddings ?? gemma) as boolean)) shapes.push(['lm_head.weight', v, d]);
  return shapes;
}

function pair(name: string, size: number): NamedShape[] {
  return [
    [`${name}.weight`, size],
    [`${name}.bias`, size],
  ];
}
