import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { writeGraph } from '../../graph/write-graph.ts';
import { throwIfCancelled } from '../../task.ts';
import { checkOutputFile } from '../../trace/output-file.ts';
import { targetRequest, tracePrompt, type TracedPrompt } from '../../trace/trace-prompt.ts';
import { DEFAULT_TRACE_SETTINGS } from '../../trace/trace-settings.ts';
import { spelledWords } from '../../trace/unknown-words.ts';
import type { EngineMethod } from '../method.ts';
import type { OpenModel } from '../open-model.ts';
import { promptOf, promptTokens } from '../prompt-text.ts';
import type { TraceRequest, TraceResult, TraceScores } from '../protocol.ts';

/** Below this most of what leads to the output is not explained by features. */
const LOW_REPLACEMENT = 0.5;

/** Traces a prompt and writes its wide graph (src/trace/wide-graph.ts), from which views are pruned. */
export const traceToFile: EngineMethod<TraceRequest, TraceResult> = async (model, params, task) => {
  const start = performance.now();
  await checkOutputFile(params.out);
  const prompt = await promptOf(model, params);
  const { target, maxLogits, logitProbability } = { ...DEFAULT_TRACE_SETTINGS, ...params.settings };
  const asked = { target, maxLogits, logitProbability };
  // A mistyped target is told before the model is loaded.
  targetRequest({ ...DEFAULT_TRACE_SETTINGS, ...asked }, model.tokenizer);
  const warnings: string[] = [];
  const { notice } = model.provider;
  const traceable = await model.traceable.get(task);
  const settings = { ...asked, maxFeatureNodes: params.settings.maxFeatureNodes ?? traceable.defaultBudget };
  const load = (performance.now() - start) / 1000;
  const options = { settings, keep: 'wide', warn: (line: string) => warnings.push(`The ${line}`) } as const;
  const traced = await tracePrompt(traceable, prompt, options, task);
  task.progress?.('write', 0, undefined);
  throwIfCancelled(task);
  await writeGraph(params.out, traced.graph, task);
  const { result, graph, top } = traced;
  const { model: modelIdentity, dictionary } = graph.metadata.trace!;
  return {
    graphFile: params.out,
    graphSha256: await sha256Of(params.out),
    tokens: promptTokens(model, prompt),
    top,
    scores: scoresOf(result),
    model: modelIdentity!,
    ...(dictionary === undefined ? {} : { dictionary }),
    activeFeatures: result.allActive.layers.length,
    nodes: graph.nodes.length,
    links: graph.links.weights.length,
    seconds: { load, ...result.seconds },
    provider: model.provider.provider,
    providerNotes: model.provider.notes,
    warnings: [...warnings, ...failure(model, notice), ...doubts(model, traced)],
  };
};

/** That the execution provider failed, if it did so during this trace: `before` is what was told earlier. */
function failure({ provider: { notice } }: OpenModel, before: string | undefined): string[] {
  return notice === undefined || notice === before ? [] : [notice];
}

/** NaN, where a score is not defined, becomes null. */
function scoresOf({ scores }: TracedPrompt['result']): TraceScores {
  const known = (score: number): number | null => (Number.isFinite(score) ? score : null);
  return {
    replacement: known(scores.replacement),
    completeness: known(scores.completeness),
    strictCompleteness: known(scores.strictCompleteness),
  };
}

/** Why the graph may mean little, a sentence each. */
function doubts({ embedded, hasDictionary }: OpenModel, { prompt, result: { scores } }: TracedPrompt): string[] {
  const unknown = embedded ? spelledWords(prompt).map(word => JSON.stringify(word)) : [];
  return [
    ...(unknown.length === 0
      ? []
      : [`The embedded model has never seen ${unknown.join(', ')}: it reads letter by letter there.`]),
    ...(scores.replacement < LOW_REPLACEMENT
      ? [
          `The replacement score is ${scores.replacement.toFixed(2)}: most of the influence comes from ${hasDictionary ? 'errors, which the dictionary does not explain' : 'neurons that the budget left out'}.`,
        ]
      : []),
  ];
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
