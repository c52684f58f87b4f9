import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors, type WritableTensor } from '../../src/checkpoint/index.ts';
import { dequantise, unpermuted } from './dequantise.ts';
import type { GgufFile, GgufValue } from './gguf-file.ts';

/** llama.cpp's names of a layer's tensors, and transformers'. */
const LAYER_TENSORS = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
} as const;

/** The checkpoint that transformers makes of a Llama in GGUF: config.json, model.safetensors (float32), tokenizer. */
export async function writeCheckpoint(folder: string, gguf: GgufFile): Promise<void> {
  await mkdir(folder, { recursive: true });
  const config = configOf(gguf);
  const { num_attention_heads: nHeads, num_key_value_heads: nKeyValueHeads, hidden_size: width } = config;
  const tensors: WritableTensor[] = [];
  for (const [name, tensor] of gguf.tensors) {
    const values = dequantise(tensor);
    const heads = name.endsWith('attn_q.weight') ? nHeads : name.endsWith('attn_k.weight') ? nKeyValueHeads : undefined;
    const data = heads === undefined ? values : unpermuted(values, heads, config.head_dim, width);
    tensors.push({ name: nameOf(name), dtype: 'F32', shape: tensor.shape, data });
  }
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerOf(gguf)));
  const tokens = field(gguf, 'tokenizer.ggml.tokens') as readonly string[];
  const token = (role: string) => tokens[Number(field(gguf, `tokenizer.ggml.${role}_token_id`))];
  const roles = {
    bos_token: token('bos'),
    eos_token: token('eos'),
    unk_token: token('unknown'),
    pad_token: token('padding'),
    chat_template: field(gguf, 'tokenizer.chat_template'),
  };
  await writeFile(join(folder, 'tokenizer_config.json'), `${JSON.stringify(roles, null, 2)}\n`);
}

function configOf(gguf: GgufFile) {
  const number = (name: string) => Number(field(gguf, `llama.${name}`));
  const nHeads = number('attention.head_count');
  const width = number('embedding_length');
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    bos_token_id: Number(field(gguf, 'tokenizer.ggml.bos_token_id')),
    eos_token_id: Number(field(gguf, 'tokenizer.ggml.eos_token_id')),
    pad_token_id: Number(field(gguf, 'tokenizer.ggml.padding_token_id')),
    vocab_size: number('vocab_size'),
    hidden_size: width,
    intermediate_size: number('feed_forward_length'),
    num_hidden_layers: number('block_count'),
    num_attention_heads: nHeads,
    num_key_value_heads: number('attention.head_count_kv'),
    head_dim: width / nHeads,
    hidden_act: 'silu',
    max_position_embeddings: number('context_length'),
    rms_norm_eps: number('attention.layer_norm_rms_epsilon'),
    rope_theta: number('rope.freq_base'),
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: !gguf.tensors.has('output.weight'),
    torch_dtype: 'float32',
  };
}

function nameOf(name: string): string {
  if (name === 'token_embd.weight') return 'model.embed_tokens.weight';
  if (name === 'output_norm.weight') return 'model.norm.weight';
  if (name === 'output.weight') return 'lm_head.weight';
  const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  if (part === undefined || !Object.hasOwn(LAYER_TENSORS, part)) throw new Error(`the tensor ${name} is not known`);
  return `model.layers.${layer}.${LAYER_TENSORS[part as keyof typeof LAYER_TENSORS]}.weight`;
}

/** tokenizer.json as transformers converts GGUF's "gpt2" vocabularies. */
function tokenizerOf(gguf: GgufFile) {
  const tokens = field(gguf, 'tokenizer.ggml.tokens') as readonly string[];
  const types = field(gguf, 'tokenizer.ggml.token_type') as readonly number[];
  const merges = field(gguf, 'tokenizer.ggml.merges') as readonly string[];
  const CONTROL = 3;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) =>
      types[id] === CONTROL
        ? [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }]
        : [],
    ),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(merge => merge.split(' ')),
    },
  };
}

function field(gguf: GgufFile, name: string): GgufValue {
  const value = gguf.fields.get(name);
  if (value === undefined) throw new Error(`the GGUF file has no field ${name}`);
  return value;
}
