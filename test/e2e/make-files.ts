import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../src/graph/investigation/write.ts';
import type { AttributionGraph } from '../../src/graph/types.ts';
import { writeGraph } from '../../src/graph/write-graph.ts';
import { smallGraph } from '../unit/webview/graphs.ts';

/** Writes `name.circuit.json` and `name.graph.json` into a folder. */
export async function writePair(
  folder: string,
  name: string,
  change: Partial<Investigation> = {},
  graph: AttributionGraph = smallGraph(),
): Promise<Investigation> {
  const file = join(folder, `${name}.graph.json`);
  await writeGraph(file, graph);
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const investigation: Investigation = {
    version: 1,
    prompt: graph.metadata.prompt,
    graph: { file: `${name}.graph.json`, sha256 },
    settings: { nodeThreshold: 1, edgeThreshold: 1 },
    pinned: [],
    supernodes: [],
    annotations: [],
    ...change,
  };
  await writeFile(join(folder, `${name}.circuit.json`), writeInvestigation(investigation));
  return investigation;
}
