import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomTensor, writeStreamed, type StreamedTensor } from './streamed-safetensors.ts';
import type { ModelShape } from './shapes.ts';

/** As models of this family are initialised; norms are stored less 1. */
const DEVIATION = 0.02;
const NORM_DEVIATION = 0.1;
const SHARDS = 2;

/** Writes a Gemma-2 checkpoint of random weights, bf16, in two shards with their index. Returns its bytes. */
export async function writeModel(folder: string, shape: ModelShape): Promise<number> {
  await mkdir(folder, { recursive: true });
  const tensors = modelTensors(shape);
  const perShard = Math.ceil(tensors.length / SHARDS);
  const weightMap: Record<string, string> = {};
  let bytes = 0;
  for (let shard = 0; shard < SHARDS; shard++) {
    const file = `model-0000${shard + 1}-of-0000${SHARDS}.safetensors`;
    const part = tensors.slice(shard * perShard, (shard + 1) * perShard);
    for (const { name } of part) weightMap[name] = file;
    bytes += await writeStreamed(join(folder, file), part);
  }
  const index = { metadata: { total_size: bytes }, weight_map: weightMap };
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
  // Last: a folder without it is no checkpoint.
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(configOf(shape), null, 2)}\n`);
  return bytes;
}

function modelTensors(shape: ModelShape): StreamedTensor[] {
  const { nLayers, dModel, nHeads, nKeyValueHeads, headDim, dMlp, vocabulary } = shape;
  const tensors: StreamedTensor[] = [];
  const add = (name: string, sizes: readonly number[], deviation = DEVIATION): void => {
    tensors.push(randomTensor(`model.${name}.weight`, sizes, deviation, tensors.length));
  };
  add('embed_tokens', [vocabulary, dModel]);
  for (let layer = 0; layer < nLayers; layer++) {
    const name = (part: string): string => `layers.${layer}.${part}`;
    add(name('self_attn.q_proj'), [nHeads * headDim, dModel]);
    add(name('self_attn.k_proj'), [nKeyValueHeads * headDim, dModel]);
    add(name('self_attn.v_proj'), [nKeyValueHeads * headDim, dModel]);
    add(name('self_attn.o_proj'), [dModel, nHeads * headDim]);
    add(name('mlp.gate_proj'), [dMlp, dModel]);
    add(name('mlp.up_proj'), [dMlp, dModel]);
    add(name('mlp.down_proj'), [dModel, dMlp]);
    for (const norm of ['input', 'post_attention', 'pre_feedforward', 'post_feedforward']) {
      add(name(`${norm}_layernorm`), [dModel], NORM_DEVIATION);
    }
  }
  add('norm', [dModel], NORM_DEVIATION);
  return tensors;
}

/** What is left out has the family's own values: soft caps, query scale, sliding windows. */
function configOf(shape: ModelShape): object {
  return {
    architectures: ['Gemma2ForCausalLM'],
    model_type: 'gemma2',
    torch_dtype: 'bfloat16',
    hidden_size: shape.dModel,
    num_hidden_layers: shape.nLayers,
    num_attention_heads: shape.nHeads,
    num_key_value_heads: shape.nKeyValueHeads,
    head_dim: shape.headDim,
    query_pre_attn_scalar: shape.headDim,
    intermediate_size: shape.dMlp,
    vocab_size: shape.vocabulary,
    max_position_embeddings: 8192,
    rope_theta: 10_000,
    rms_norm_eps: 1e-6,
    hidden_activation: 'gelu_pytorch_tanh',
    tie_word_embeddings: true,
    bos_token_id: 2,
    eos_token_id: 1,
    pad_token_id: 0,
  };
}
