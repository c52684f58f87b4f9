import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically, writeSafetensors } from '../checkpoint/index.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import type { Parameters } from './parameters.ts';

export interface LlamaFolder {
  readonly shape: TransformerShape;
  readonly context: number;
  readonly dtype: 'F32' | 'F16' | 'BF16';
  /** Ids of the tokenizer's special tokens, where it has them. */
  readonly specialTokens: Readonly<Record<'bosId' | 'eosId' | 'padId', number | undefined>>;
  /** Writes the tokenizer's files to the folder. */
  readonly writeTokenizer: (folder: string) => Promise<void>;
}

/** Writes a trained model as a Hugging Face checkpoint: config.json last. Errors: `file-write`. */
export async function writeLlamaFolder(out: string, parameters: Parameters, made: LlamaFolder): Promise<void> {
  const { shape, context, dtype, specialTokens } = made;
  await mkdir(out, { recursive: true });
  const tensors = [...parameters.values()].map(({ name, shape: sizes, data }) => ({ name, shape: sizes, data, dtype }));
  await writeSafetensors(join(out, 'model.safetensors'), tensors, { format: 'pt' });
  await made.writeTokenizer(out);
  const config = {
    architectures: ['LlamaForCausalLM'],
    attention_bias: false,
    bos_token_id: specialTokens.bosId ?? null,
    eos_token_id: specialTokens.eosId ?? null,
    head_dim: shape.headDim,
    hidden_act: 'silu',
    hidden_size: shape.dModel,
    initializer_range: 0.02,
    intermediate_size: shape.dMlp,
    max_position_embeddings: context,
    mlp_bias: false,
    model_type: 'llama',
    num_attention_heads: shape.nHeads,
    num_hidden_layers: shape.nLayers,
    num_key_value_heads: shape.nKeyValueHeads,
    pad_token_id: specialTokens.padId ?? null,
    rms_norm_eps: shape.normEpsilon,
    rope_scaling: null,
    rope_theta: shape.ropeTheta,
    tie_word_embeddings: shape.tieEmbeddings,
    torch_dtype: { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }[dtype],
    vocab_size: shape.vocabularySize,
  };
  await writeFileAtomically(join(out, 'config.json'), [`${JSON.stringify(config, null, 1)}\n`]);
}
