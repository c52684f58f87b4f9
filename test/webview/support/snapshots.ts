/** Content for the pages: a real trace of the embedded model, and made-up graphs of any size. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSnapshot } from '../../../extension/investigation/snapshot.ts';
import type { Investigation } from '../../../src/graph/investigation/types.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import type { AttributionGraph } from '../../../src/graph/types.ts';
import type { LikelyToken } from '../../../src/engine/protocol.ts';
import type { Snapshot } from '../../../webview/protocol.ts';
import { circuitJson } from '../../support/cli.ts';

export const PROMPT = 'The capital of France is';

let traced: Promise<{ graph: AttributionGraph; top: LikelyToken[] }> | undefined;

/** Traced once in each test process. */
function trace(): Promise<{ graph: AttributionGraph; top: LikelyToken[] }> {
  return (traced ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'circuit-webview-'));
    try {
      const out = join(folder, 'a.graph.json');
      const thresholds = ['--node-threshold', '.95', '--edge-threshold', '.999'];
      const { top } = await circuitJson<{ top: LikelyToken[] }>([
        'trace',
        '--prompt',
        PROMPT,
        ...thresholds,
        '--out',
        out,
      ]);
      return { graph: (await readGraph(out)).graph, top };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  })());
}

export async function tracedSnapshot(change: Partial<Snapshot> = {}): Promise<Snapshot> {
  const { graph, top } = await trace();
  return { ...snapshotOf(graph), top, ...change };
}

export function snapshotOf(graph: AttributionGraph, change: Partial<Snapshot> = {}): Snapshot {
  const investigation = investigationOf(graph);
  const parts = { title: 'capital.circuit.json', investigation, graph, readOnly: false, hasModel: true };
  return { ...makeSnapshot({ ...parts, notices: [], labelsElsewhere: {} }), ...change };
}

export function investigationOf(graph: AttributionGraph, change: Partial<Investigation> = {}): Investigation {
  return {
    version: 1,
    prompt: graph.metadata.prompt,
    graph: { file: 'capital.graph.json' },
    settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
    pinned: [],
    supernodes: [],
    annotations: [],
    ...change,
  };
}
