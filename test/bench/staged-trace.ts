/** Traces in a process of its own and says which stage it is in: started by `traceInStages`. */
import { attribute } from '../../src/attribution/attribute.ts';
import { loadReplacementModel, type ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { sizesOf } from './products.ts';
import { promptOf } from './prompts.ts';
import { recordWaves } from './recorder.ts';

export interface StagedRequest {
  readonly model: string;
  readonly dictionary: string;
  readonly nTokens: number;
  readonly maxFeatureNodes: number;
  /** Traces one after the other in the same process. */
  readonly repeats: number;
}

/** Of one trace. */
export interface StagedResult {
  readonly nTokens: number;
  readonly active: number;
  readonly features: number;
  readonly nodes: number;
  /** Effects that are kept. */
  readonly edges: number;
  readonly seconds: number;
  /** Of attribution: reading what sources write, and inside ONNX Runtime's read-outs and transports. */
  readonly sourceSeconds: number;
  readonly readSeconds: number;
  readonly transportSeconds: number;
}

export type StagedMessage =
  /** `arrays`: bytes in JavaScript's arrays when it begins. */
  | { readonly kind: 'stage'; readonly stage: string; readonly arrays: number }
  | { readonly kind: 'trace'; readonly result: StagedResult }
  | { readonly kind: 'done' };

async function traceInTurn({ model: folder, dictionary: other, ...request }: StagedRequest): Promise<void> {
  enter('open');
  const checkpoint = await openCheckpoint(folder);
  const dictionary = await openDictionary(other);
  const model = await loadReplacementModel(checkpoint, dictionary);
  const tokens = await promptOf(checkpoint, request.nTokens);
  const sizes = sizesOf(checkpoint.config, dictionary);
  const { maxFeatureNodes } = request;
  const mean = model.unembedding.mean.bind(model.unembedding);
  model.unembedding.mean = async task => {
    enter('mean of the unembedding');
    const row = await mean(task);
    enter('attribute');
    return row;
  };
  const sources = timeSources(model);
  for (let i = 0; i < request.repeats; i++) {
    sources.seconds = 0;
    let stage = '';
    const progress = (name: string): void => {
      // Attribution tells its progress only later, when it can.
      if (name !== stage && name !== 'attribute') enter((stage = name));
    };
    const start = performance.now();
    let result: StagedResult | undefined;
    const waves = await recordWaves(model, sizes, async () => {
      const traced = await attribute(model, tokens, { maxFeatureNodes }, { progress });
      result = {
        nTokens: tokens.length,
        active: traced.allActive.layers.length,
        features: traced.selected.length,
        nodes: traced.order.size,
        edges: traced.matrix.weights.length,
        seconds: (performance.now() - start) / 1000,
        sourceSeconds: 0,
        readSeconds: 0,
        transportSeconds: 0,
      };
      return traced;
    });
    const inside = {
      sourceSeconds: sources.seconds,
      readSeconds: waves.seconds.read,
      transportSeconds: waves.seconds.transport,
    };
    send({ kind: 'trace', result: { ...result!, ...inside } });
  }
  enter('end');
  await model.dispose();
  send({ kind: 'done' });
}

/** Adds up the time in which attribution waits for what sources write. */
function timeSources(model: ReplacementModel): { seconds: number } {
  const timing = { seconds: 0 };
  const original = model.sourcesOf.bind(model);
  model.sourcesOf = (...parameters) => {
    const sources = original(...parameters);
    const at = sources.at.bind(sources);
    sources.at = async (...place) => {
      const start = performance.now();
      const written = await at(...place);
      timing.seconds += (performance.now() - start) / 1000;
      return written;
    };
    return sources;
  };
  return timing;
}

function enter(stage: string): void {
  send({ kind: 'stage', stage, arrays: process.memoryUsage().arrayBuffers });
}

function send(message: StagedMessage): void {
  process.send?.(message);
}

try {
  await traceInTurn(JSON.parse(process.argv[2]) as StagedRequest);
} finally {
  process.disconnect();
}
