import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { withoutUndefined } from '../../src/graph/investigation/order.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../src/graph/investigation/write.ts';

/** Undefined if the text cannot be read. */
export function readableInvestigation(text: string): Investigation | undefined {
  try {
    return parseInvestigation(text, '').investigation;
  } catch {
    return undefined;
  }
}

/** Takes away an investigation that lies safe elsewhere, and its graph unless others in that folder refer to it. */
export async function forgetUnsaved(file: string): Promise<void> {
  const folder = dirname(file);
  const graph = await graphOf(file);
  await rm(file, { force: true });
  if (graph === undefined || dirname(graph) !== folder) return;
  const names = (await readdir(folder)).filter(name => name.endsWith('.circuit.json'));
  const others = await Promise.all(names.map(name => graphOf(join(folder, name))));
  if (!others.includes(graph)) await rm(graph, { force: true });
}

/** Where the graph of an investigation belongs. */
async function graphOf(file: string): Promise<string | undefined> {
  const investigation = readableInvestigation(await readFile(file, 'utf8').catch(() => ''));
  return investigation && resolve(dirname(file), investigation.graph.file);
}

/** Equal but for where they lie. */
export function isSameWork(one: Investigation, other: Investigation): boolean {
  const textOf = (investigation: Investigation): string => {
    const graph = { ...investigation.graph, file: '-' };
    return writeInvestigation(withoutUndefined<Investigation>({ ...investigation, source: undefined, graph }));
  };
  return one.graph.sha256 !== undefined && textOf(one) === textOf(other);
}
