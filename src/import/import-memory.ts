import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { parseModelConfig, readJson } from '../checkpoint/index.ts';
import type { ImportPlan, PlannedItem } from '../checkpoint/hub/plan-import.ts';
import { estimateMemory, type DictionarySize, type MemoryEstimate, type ModelSize } from './memory-estimate.ts';

const TOKENS = 16;
/** As circuit model assumes where nothing is known; published dictionaries have 10 to 150. */
const ACTIVE = 100;
const MAX_FEATURE_NODES = 7500;

/** What is known of memory before the weights are there. */
export interface ImportMemory {
  readonly estimate: MemoryEstimate;
  /** Of this machine. */
  readonly machine: number;
}

/**
 * Memory of a trace of 16 tokens with the model of `plan`, with its dictionary or one of the usual size. Undefined where
 * it holds no model. Errors: `file-unsupported` for an architecture that is not known, before its weights are fetched.
 */
export async function importMemory(plan: ImportPlan): Promise<ImportMemory | undefined> {
  const model = plan.items.find(({ kind }) => kind === 'model');
  if (model === undefined) return undefined;
  const size = await plannedModel(model);
  const planned = plan.items.find(({ kind }) => kind === 'dictionary');
  const dictionary = planned === undefined ? undefined : await plannedDictionary(planned, plan, size.config.dModel);
  const assumed: DictionarySize = { kind: 'plt', widest: 8 * size.config.dModel, totalBytes: 0 };
  const sizes = { model: size, dictionary: dictionary ?? assumed };
  return { estimate: estimateMemory(sizes, TOKENS, ACTIVE, MAX_FEATURE_NODES), machine: totalmem() };
}

async function plannedModel({ configuration, files }: PlannedItem): Promise<ModelSize> {
  const fields = await readJson(configuration);
  const config = parseModelConfig(configuration, fields);
  const dtype = ['torch_dtype', 'dtype'].map(name => fieldOf(fields, name)).find(value => typeof value === 'string');
  return { config, totalBytes: weightBytes(files), narrow: dtype !== 'float32' };
}

/** The width follows from the largest encoder's file, taken as 16-bit: at most twice as wide as it is. */
async function plannedDictionary(
  item: PlannedItem,
  { items, parts }: ImportPlan,
  dModel: number,
): Promise<DictionarySize> {
  const models = items.filter(({ kind }) => kind === 'model').map(({ files }) => files);
  const files = parts.filter(part => !models.includes(part.files)).flatMap(part => part.files);
  const kind = /model_kind:\s*['"]?cross_layer/.test(await readFile(item.configuration, 'utf8')) ? 'clt' : 'plt';
  const encoders = kind === 'clt' ? files.filter(({ path }) => /W_enc/.test(path)) : files.filter(isWeight);
  const largest = Math.max(0, ...encoders.map(({ size }) => size));
  const matrices = kind === 'clt' ? 1 : 2;
  return { kind, widest: Math.ceil(largest / (2 * matrices * dModel)), totalBytes: weightBytes(files) };
}

function weightBytes(files: PlannedItem['files']): number {
  return files.filter(isWeight).reduce((sum, { size }) => sum + size, 0);
}

function isWeight({ path }: { readonly path: string }): boolean {
  return /\.(?:safetensors|npz)$/.test(path);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
