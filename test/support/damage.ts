/** Damages the files of a copied reference case. */
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openSafetensors, tensorIn } from '../../src/checkpoint/index.ts';

/** Overwrites the third float32 of a tensor. */
export async function poke(path: string, tensor: string, value: number): Promise<void> {
  const { entry } = tensorIn(await openSafetensors(path), tensor);
  const handle = await open(path, 'r+');
  await handle.write(new Uint8Array(Float32Array.of(value).buffer), 0, 4, entry.offset + 8);
  await handle.close();
}

export async function editJson(path: string, change: Record<string, unknown>): Promise<void> {
  const before = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...before, ...change }));
}

/** Sets fields of a flat YAML file; `undefined` leaves one out. */
export async function editYaml(path: string, change: Readonly<Record<string, string | undefined>>): Promise<void> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const kept = lines.filter(line => !Object.hasOwn(change, line.split(':')[0]));
  const set = Object.entries(change).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]));
  await writeFile(path, `${[...kept, ...set].join('\n')}\n`);
}

/** Says in the header that a tensor has another dtype; its bytes stay. */
export async function claimDtype(path: string, tensor: string, dtype: string): Promise<void> {
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { dtype: string }>;
  header[tensor].dtype = dtype;
  const text = Buffer.from(JSON.stringify(header));
  const first8 = Buffer.alloc(8);
  first8.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([first8, text, bytes.subarray(8 + length)]));
}

/** Turns model.safetensors into a shard with an index that lists its tensors, changed by `change`. */
export async function shard(weights: string, change: Readonly<Record<string, string>>): Promise<void> {
  const name = 'model-00001-of-00002.safetensors';
  const tensors = [...(await openSafetensors(weights)).entries.keys()];
  await rename(weights, join(dirname(weights), name));
  const weight_map = { ...Object.fromEntries(tensors.map(tensor => [tensor, name])), ...change };
  await writeFile(join(dirname(weights), 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
}
