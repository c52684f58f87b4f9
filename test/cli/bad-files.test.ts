/**
 * Files of models and dictionaries that cannot be used, through the program: what is said word for word, with which file
 * and tensor or field and what to do; nothing is written.
 */
import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertRefuses, filesBelow } from '../support/cli.ts';
import { claimDtype, editJson, editYaml, poke, shard } from '../support/damage.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FILE_TROUBLE = 3;
const WEIGHTS = 'model/model.safetensors';
const CONFIG = 'model/config.json';
const INDEX = 'model/model.safetensors.index.json';
const QUERY = 'model.layers.1.self_attn.q_proj.weight';
const YAML = 'transcoders/config.yaml';
const COMMIT = 'c'.repeat(40);
const FETCH = 'The file is damaged or was not fully downloaded: fetch or write it again.';
const FETCH_SHARDS = 'Fetch the index and all its shards again.';
const NOT_FINITE = 'The weights are broken: fetch them again, or train again with a smaller learning rate.';

interface Case {
  readonly what: string;
  /** Damages a copy of a reference case. */
  readonly damage: (at: (path: string) => string) => Promise<unknown>;
  /** `model` unless it is an id of the cache. */
  readonly model?: string;
  readonly says: string;
  readonly remedy: string;
}

/** The model as circuit model add would have put it into the cache `hub`. */
async function intoCache(at: (path: string) => string): Promise<void> {
  const root = 'hub/models--owner--name';
  for (const folder of ['blobs', 'refs', `snapshots/${COMMIT}`])
    await mkdir(at(`${root}/${folder}`), { recursive: true });
  await writeFile(at(`${root}/refs/main`), COMMIT);
  for (const name of ['config.json', 'model.safetensors']) {
    await cp(at(`model/${name}`), at(`${root}/blobs/${name}`));
    await symlink(`../../blobs/${name}`, at(`${root}/snapshots/${COMMIT}/${name}`));
  }
}

/** Lists the layers' files in config.yaml instead of holding them under their usual names. */
async function list(at: (path: string) => string, entry: string): Promise<void> {
  await rename(at('transcoders/layer_0.safetensors'), at('transcoders/other.safetensors'));
  await editYaml(at(YAML), { transcoders: JSON.stringify([entry]) });
}

const CASES: readonly Case[] = [
  {
    what: 'a shard is missing',
    damage: at => shard(at(WEIGHTS), { [QUERY]: 'model-00002-of-00002.safetensors' }),
    says: `model/model-00002-of-00002.safetensors does not exist, though ${INDEX} lists it.`,
    remedy: 'The checkpoint is incomplete: fetch this shard again.',
  },
  {
    what: 'the index names a tensor that is missing',
    damage: at => shard(at(WEIGHTS), { 'model.layers.9.mlp.weight': 'model-00001-of-00002.safetensors' }),
    says: `${INDEX} places tensor "model.layers.9.mlp.weight" in model-00001-of-00002.safetensors, which does not hold it.`,
    remedy: FETCH_SHARDS,
  },
  {
    what: 'the index leads out of the folder',
    damage: at => shard(at(WEIGHTS), { [QUERY]: '../../secret.safetensors' }),
    says: `${INDEX} names the shard "../../secret.safetensors", which is not a .safetensors file of the same folder.`,
    remedy: FETCH_SHARDS,
  },
  {
    what: 'a matrix of integers',
    damage: at => claimDtype(at(WEIGHTS), QUERY, 'I32'),
    says: `${WEIGHTS}: tensor "${QUERY}" is stored as I32, which cannot be computed with.`,
    remedy: 'Convert it to F32, F16 or BF16.',
  },
  {
    what: 'a dtype that its bytes do not fit',
    damage: at => claimDtype(at(WEIGHTS), QUERY, 'F16'),
    says: `${WEIGHTS}: tensor "${QUERY}" occupies 1024 bytes but its shape [16, 16] in F16 needs 512.`,
    remedy: FETCH,
  },
  {
    what: "a dictionary's bias of integers",
    damage: at => claimDtype(at('transcoders/layer_1.safetensors'), 'b_enc', 'I32'),
    says: 'transcoders/layer_1.safetensors: tensor "b_enc" is stored as I32 where a floating-point type is needed.',
    remedy: 'Convert it (quantised checkpoints are not read).',
  },
  {
    what: 'a shape that the configuration does not ask for',
    damage: at => editJson(at(CONFIG), { intermediate_size: 48 }),
    says: `${WEIGHTS}: tensor "model.layers.0.mlp.gate_proj.weight" has the shape [32, 16] but ${CONFIG} asks for [48, 16].`,
    remedy: 'The weights and config.json belong to different models: fetch both again.',
  },
  {
    what: 'a tensor that the configuration asks for',
    damage: at => editJson(at(CONFIG), { attention_bias: true }),
    says: `${WEIGHTS} has no tensor "model.layers.0.self_attn.q_proj.bias", which a model of the type "llama" needs.`,
    remedy: 'The checkpoint is incomplete or its config.json belongs to another model: fetch it again.',
  },
  {
    what: 'a dictionary of a model with other layers',
    damage: at => editJson(at(CONFIG), { num_hidden_layers: 2 }),
    says: `transcoders has 3 layers but ${CONFIG} has 2.`,
    remedy: 'The dictionary was made for another model: choose the two that belong together.',
  },
  {
    what: 'a dictionary of a model of another width',
    damage: at => editJson(at(CONFIG), { hidden_size: 32 }),
    says: `transcoders/layer_0.safetensors: tensor "W_enc" is 16 wide but ${CONFIG} has a residual stream of 32.`,
    remedy: 'The dictionary was made for another model: choose the two that belong together.',
  },
  {
    what: 'an unknown architecture',
    damage: at => editJson(at(CONFIG), { model_type: 'mamba' }),
    says: `${CONFIG}: "model_type" is "mamba", which is not known.`,
    remedy: 'Use a model of one of these types: llama, qwen3, gemma2, gemma3, gemma3_text, gpt2, gpt_neox.',
  },
  {
    what: 'no architecture',
    damage: at => editJson(at(CONFIG), { model_type: undefined }),
    says: `${CONFIG} has no "model_type", which says how its weights are used.`,
    remedy: 'Use a model of one of these types: llama, qwen3, gemma2, gemma3, gemma3_text, gpt2, gpt_neox.',
  },
  {
    what: 'an unknown activation',
    damage: at => editJson(at(CONFIG), { hidden_act: 'mish' }),
    says: `${CONFIG}: "hidden_act" is "mish", an activation that is not known.`,
    remedy: 'Known are silu, swish, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu.',
  },
  {
    what: 'an unknown activation of a dictionary',
    damage: at => editYaml(at(YAML), { activation: 'gelu' }),
    says: `${YAML}: field "activation" is "gelu", which is not known.`,
    remedy: 'Known are relu, jumprelu, jump_relu, topk.',
  },
  {
    what: 'an unknown hook',
    damage: at => editYaml(at(YAML), { feature_input_hook: 'hook_attn_out' }),
    says: `${YAML}: field "feature_input_hook" is "hook_attn_out", which is not known.`,
    remedy: 'Known are hook_resid_mid, ln2.hook_normalized, mlp.hook_in.',
  },
  {
    what: 'a truncated file',
    damage: at => truncate(at(WEIGHTS), 20_000),
    says: `${WEIGHTS}: tensor "model.layers.1.mlp.up_proj.weight" ends at byte 20512 but the file is 20000 bytes long.`,
    remedy: FETCH,
  },
  {
    what: 'a file that grows',
    damage: at => appendFile(at('transcoders/layer_2.safetensors'), new Uint8Array(1000)),
    says: 'transcoders/layer_2.safetensors is 4688 bytes long but its last tensor ends at byte 3688: bytes were added, or still are.',
    remedy: FETCH,
  },
  {
    what: 'a header of 1 GB',
    damage: async at => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(2n ** 30n);
      await writeFile(at(WEIGHTS), length);
      // Sparse: it takes no room.
      await truncate(at(WEIGHTS), 2 ** 30 + 4096);
    },
    says: `${WEIGHTS} claims a header of 1073741824 bytes; 100000000 is the limit.`,
    remedy: FETCH,
  },
  {
    what: 'NaN in a weight',
    damage: at => poke(at(WEIGHTS), QUERY, NaN),
    says: `${WEIGHTS}: tensor "${QUERY}" holds NaN at [0, 2].`,
    remedy: NOT_FINITE,
  },
  {
    what: 'NaN in a threshold',
    damage: at => poke(at('transcoders/layer_0.safetensors'), 'activation_function.threshold', NaN),
    says: 'transcoders/layer_0.safetensors: tensor "activation_function.threshold" holds NaN at [2].',
    remedy: NOT_FINITE,
  },
  {
    what: 'NaN in a decoder',
    damage: at => poke(at('transcoders/layer_1.safetensors'), 'W_dec', NaN),
    says: 'transcoders/layer_1.safetensors: tensor "W_dec" holds NaN at [0, 2].',
    remedy: NOT_FINITE,
  },
  {
    what: 'a list that leads out of the dictionary',
    damage: at => list(at, '../model/model.safetensors'),
    says: `${YAML}: field "transcoders.0" is "../model/model.safetensors", which leads out of the folder.`,
    remedy: 'Write hf://owner/name/path?revision=revision, or the name of a file in the folder.',
  },
  {
    what: 'a list of a repository that was not fetched',
    damage: at => list(at, 'hf://owner/layers/layer_0.safetensors?revision=v3'),
    says: 'owner/layers is not in the Hugging Face cache CWD/hub.',
    remedy: 'Fetch it: circuit model add owner/layers@v3.',
  },
  {
    what: 'a link of the cache to what is gone',
    damage: async at => {
      await intoCache(at);
      await rm(at('hub/models--owner--name/blobs/model.safetensors'));
    },
    model: 'owner/name',
    says: `CWD/hub/models--owner--name/snapshots/${COMMIT}/model.safetensors is a link to a file that is gone: the cache of owner/name is incomplete.`,
    remedy: 'Fetch it again: circuit model add owner/name.',
  },
  {
    what: 'a revision that is not there',
    damage: intoCache,
    model: 'owner/name@v9',
    says: 'There is no folder owner/name@v9. As an id: The revision v9 of owner/name is not in the Hugging Face cache CWD/hub: there are main.',
    remedy: 'Fetch it: circuit model add owner/name@v9.',
  },
  {
    what: 'an id that leads out of the cache',
    damage: intoCache,
    model: 'owner/name//../../x',
    says: 'owner/name//../../x is not a folder that can be read.',
    remedy: 'Give a folder, or the id of a model that circuit model add has fetched.',
  },
];

describe('circuit trace on files that cannot be used', () => {
  for (const { what, damage, model = 'model', says, remedy } of CASES) {
    test(what, { skip: process.platform === 'win32' }, async t => {
      const folder = await temporaryFolder(t, await referenceCase('llama3-plt-jumprelu'));
      await damage(path => join(folder, path));
      const before = await filesBelow(folder);
      const { stderr } = await assertRefuses(
        ['trace', '--model', model, '--dictionary', 'transcoders', '--tokens', '0,5,11,3'],
        FILE_TROUBLE,
        [],
        { cwd: folder, env: { HF_HUB_CACHE: join(folder, 'hub'), HF_HUB_OFFLINE: '' } },
      );
      assert.equal(stderr.replaceAll(folder, 'CWD'), `circuit trace: ${says}\n  ${remedy}\n`);
      assert.deepEqual(await filesBelow(folder), before);
    });
  }
});
