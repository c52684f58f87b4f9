import { cp, mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically, writeSafetensors, type Tokenizer } from '../../checkpoint/index.ts';
import type { Parameters } from '../../training/parameters.ts';
import type { TransformerShape } from '../../transformer/shape.ts';

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

export interface LlamaFolder {
  readonly shape: TransformerShape;
  readonly context: number;
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly tokenizer: Tokenizer;
  /** The folder whose tokenizer files are copied. */
  readonly tokenizerFolder: string;
}

/** Writes a trained model as a Hugging Face checkpoint: config.json last. Errors: `file-write`. */
export async function writeLlamaFolder(out: string, parameters: Parameters, made: LlamaFolder): Promise<void> {
  const { shape, context, dtype, tokenizer, tokenizerFolder } = made;
  await mkdir(out, { recursive: true });
  const tensors = [...parameters.values()].map(({ name, shape: sizes, data }) => ({ name, shape: sizes, data, dtype }));
  await writeSafetensors(join(out, 'model.safetensors'), tensors, { format: 'pt' });
  for (const name of TOKENIZER_FILES) {
    if (existsSync(join(tokenizerFolder, name))) await cp(join(tokenizerFolder, name), join(out, name));
  }
  const config = {
    architectures: ['LlamaForCausalLM'],
    attention_bias: false,
    bos_token_id: tokenizer.bosId ?? null,
    eos_token_id: tokenizer.eosId ?? null,
    head_dim: shape.headDim,
    hidden_act: 'silu',
    hidden_size: shape.dModel,
    intermediate_size: shape.dMlp,
    max_position_embeddings: context,
    mlp_bias: false,
    model_type: 'llama',
    num_attention_heads: shape.nHeads,
    num_hidden_layers: shape.nLayers,
    num_key_value_heads: shape.nKeyValueHeads,
    pad_token_id: tokenizer.padId ?? null,
    rms_norm_eps: shape.normEpsilon,
    rope_scaling: null,
    rope_theta: shape.ropeTheta,
    tie_word_embeddings: shape.tieEmbeddings,
    torch_dtype: { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }[dtype],
    vocab_size: shape.vocabularySize,
  };
  await writeFileAtomically(join(out, 'config.json'), [`${JSON.stringify(config, null, 1)}\n`]);
}
