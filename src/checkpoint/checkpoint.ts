import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { identityOf } from './identity.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import type { Architecture, ModelConfig } from './model-config-types.ts';
import { parseModelConfig } from './model-config.ts';
import { parseFields, parseJson, readJson, readText } from './read-fields.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.ts';
import type { TensorRef } from './tensor-entry.ts';
import { usualTensorName } from './tensor-names.ts';
import { assertFinite, isFloat } from './tensor-reader.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A Hugging Face model folder: config.json and one or more .safetensors files. Holds headers only, no weights. */
export class Checkpoint {
  readonly dir: string;
  readonly config: ModelConfig;
  readonly files: readonly SafetensorsFile[];
  /** The sizes of all weight files together, in bytes. */
  readonly totalBytes: number;
  readonly #configText: string;
  readonly #tensors: ReadonlyMap<string, TensorRef>;
  #identity: Promise<string> | undefined;
  #tokenizer: Promise<Tokenizer | undefined> | undefined;

  constructor(dir: string, configText: string, config: ModelConfig, files: readonly SafetensorsFile[]) {
    this.dir = dir;
    this.config = config;
    this.files = files;
    this.totalBytes = files.reduce((sum, file) => sum + file.size, 0);
    this.#configText = configText;
    this.#tensors = tensorsOf(files, config.architecture);
  }

  /** The names of all tensors, in file order, as transformers calls them (see usualTensorName). */
  get names(): IterableIterator<string> {
    return this.#tensors.keys();
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Where tensor `name` lies. Errors: `file-damaged` if there is none, naming the folder and the tensor. */
  tensor(name: string): TensorRef {
    const ref = this.#tensors.get(name);
    if (ref !== undefined) return ref;
    const where = this.files.length === 1 ? this.files[0].path : this.dir;
    throw new CircuitError(
      'file-damaged',
      `${where} has no tensor "${name}", which a model of the type "${this.config.architecture}" needs.`,
      'The checkpoint is incomplete or its config.json belongs to another model: fetch it again.',
    );
  }

  /** The same, and its shape must be `shape`. Errors: `model-mismatch` naming both files and the tensor. */
  expectShape(name: string, shape: readonly number[]): TensorRef {
    const ref = this.tensor(name);
    if (ref.entry.shape.length === shape.length && ref.entry.shape.every((size, i) => size === shape[i])) return ref;
    throw new CircuitError(
      'model-mismatch',
      `${ref.path}: tensor "${ref.entry.name}" has the shape [${ref.entry.shape.join(', ')}] but ${this.config.path} asks for [${shape.join(', ')}].`,
      'The weights and config.json belong to different models: fetch both again.',
    );
  }

  /** sha256 (hex) of configuration and weights, see identityOf; read once. */
  identity(): Promise<string> {
    this.#identity ??= identityOf([this.#configText], this.files);
    return this.#identity;
  }

  /** The folder's tokenizer, checked against the config; undefined where there is none; loaded once. */
  tokenizer(): Promise<Tokenizer | undefined> {
    this.#tokenizer ??= loadTokenizer(this.dir, this.config);
    return this.#tokenizer;
  }

  /** Reads every floating-point tensor once. Errors: `file-damaged` naming the first NaN or infinity. */
  async assertFinite(task?: Task): Promise<void> {
    let done = 0;
    for (const ref of this.#tensors.values()) {
      task?.progress?.('check weights', done++, this.#tensors.size);
      if (isFloat(ref)) await assertFinite(ref, task);
    }
    task?.progress?.('check weights', done, this.#tensors.size);
  }
}

/**
 * Opens a checkpoint folder: config.json and model.safetensors, or model.safetensors.index.json with its shards, or all
 * *.safetensors.
 * Errors: `file-missing`, `file-damaged`, `file-unsupported`, naming the file and the tensor or field.
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const names = await listFolder(dir);
  const configPath = join(dir, 'config.json');
  const configText = await readText(configPath);
  const config = parseModelConfig(configPath, parseJson(configPath, configText));
  const index = names.find(name => name === 'model.safetensors.index.json');
  // As transformers chooses: a whole model before shards, and other files (of other formats or fine-tunings) not at all.
  const whole = names.filter(name => name === 'model.safetensors');
  const files =
    whole.length > 0 || index === undefined
      ? await openAll(dir, whole.length > 0 ? whole : names)
      : await openShards(join(dir, index), dir);
  return new Checkpoint(dir, configText, config, files);
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (cause) {
    throw new CircuitError(
      'file-missing',
      `${dir} is not a folder that can be read.`,
      'Give the folder of a Hugging Face checkpoint: config.json and model.safetensors.',
      { cause },
    );
  }
}

async function openAll(dir: string, names: readonly string[]): Promise<SafetensorsFile[]> {
  const weights = names.filter(name => name.endsWith('.safetensors'));
  if (weights.length === 0) {
    const torch = names.find(name => name.endsWith('.bin') || name.endsWith('.pt'));
    throw new CircuitError(
      'file-missing',
      `${dir} has no .safetensors file.`,
      torch === undefined
        ? 'Fetch the weights: model.safetensors.'
        : `${torch} is a Python pickle, which is not read: fetch or convert the weights as model.safetensors.`,
    );
  }
  return Promise.all(weights.map(name => openSafetensors(join(dir, name))));
}

const ShardIndex = v.looseObject({ weight_map: v.record(v.string(), v.string()) });

async function openShards(indexPath: string, dir: string): Promise<SafetensorsFile[]> {
  const { weight_map: shardOf } = parseFields(indexPath, ShardIndex, await readJson(indexPath));
  const shards = [...new Set(Object.values(shardOf))].sort();
  const odd = shards.find(name => name !== name.replace(/[/\\]/g, '') || !name.endsWith('.safetensors'));
  if (odd !== undefined) {
    throw damagedIndex(indexPath, `names the shard "${odd}", which is not a .safetensors file of the same folder`);
  }
  const files = await Promise.all(shards.map(name => openShard(indexPath, join(dir, name))));
  for (const [tensor, shard] of Object.entries(shardOf)) {
    if (!files[shards.indexOf(shard)].entries.has(tensor)) {
      throw damagedIndex(indexPath, `places tensor "${tensor}" in ${shard}, which does not hold it`);
    }
  }
  return files;
}

async function openShard(indexPath: string, path: string): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(path);
  } catch (cause) {
    if (!(cause instanceof CircuitError) || cause.code !== 'file-missing') throw cause;
    throw new CircuitError(
      'file-missing',
      `${path} does not exist, though ${indexPath} lists it.`,
      'The checkpoint is incomplete: fetch this shard again.',
      { cause },
    );
  }
}

function tensorsOf(files: readonly SafetensorsFile[], architecture: Architecture): Map<string, TensorRef> {
  const tensors = new Map<string, TensorRef>();
  for (const { path, entries } of files) {
    for (const [stored, entry] of entries) {
      const name = usualTensorName(stored, architecture);
      const other = tensors.get(name);
      if (other !== undefined) {
        throw new CircuitError(
          'file-damaged',
          `Both ${other.path} and ${path} hold a tensor "${name}".`,
          'Leave only the files of one checkpoint in the folder.',
        );
      }
      tensors.set(name, { path, entry });
    }
  }
  return tensors;
}

function damagedIndex(path: string, what: string): CircuitError {
  return new CircuitError('file-damaged', `${path} ${what}.`, 'Fetch the index and all its shards again.');
}
