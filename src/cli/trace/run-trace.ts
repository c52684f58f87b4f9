import { inputSums } from '../../attribution/influence.ts';
import { openCheckpoint } from '../../checkpoint/index.ts';
import { slugOf } from '../../graph/slug.ts';
import type { AttributionGraph } from '../../graph/types.ts';
import { writeGraph } from '../../graph/write-graph.ts';
import type { ExecutionProvider } from '../../onnx/index.ts';
import { throwIfCancelled, type Task } from '../../task.ts';
import { openTraceable, type TraceableModel } from '../../trace/open-model.ts';
import { checkOutputFile } from '../../trace/output-file.ts';
import { targetRequest, tracePrompt, type TracedPrompt } from '../../trace/trace-prompt.ts';
import { DEFAULT_TRACE_SETTINGS, type TraceSettings } from '../../trace/trace-settings.ts';
import type { OptionValues } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { Stopwatch } from '../frame/stopwatch.ts';
import { modelInBasis } from '../model/folders.ts';
import type { BASIS_OPTIONS, DICTIONARY_OPTIONS, ENGINE_OPTIONS, MODEL_OPTIONS } from '../model/model-options.ts';
import { sessionSettings } from '../model/session-settings.ts';
import { readPrompt, type GivenPrompt } from '../prompt/prompt.ts';
import { writeAdjacency } from './adjacency-file.ts';
import type { GraphValues, TraceOutputValues } from './trace-options.ts';

export type TraceValues = GraphValues &
  TraceOutputValues &
  OptionValues<typeof MODEL_OPTIONS & typeof DICTIONARY_OPTIONS & typeof BASIS_OPTIONS & typeof ENGINE_OPTIONS> &
  GivenPrompt;

/** A traced prompt, its files written. */
export interface Trace extends TracedPrompt {
  /** Sum of the absolute inputs of each node of `graph`, in the unpruned one. */
  readonly inputTotals: Float64Array;
  readonly seconds: Readonly<Record<'load' | 'forward' | 'attribute' | 'prune', number>>;
  readonly provider: ExecutionProvider;
  readonly files: { readonly graph: string; readonly adjacency: string | null };
}

/** Traces the prompt that `values` name and writes the graph. */
export async function runTrace(values: TraceValues, output: Output, task: Task): Promise<Trace> {
  const clock = new Stopwatch();
  const folders = await modelInBasis(values);
  for (const file of [values.out, values.adjacency]) if (file !== undefined) await checkOutputFile(file);
  const checkpoint = await openCheckpoint(folders.model);
  const prompt = await readPrompt(checkpoint, values);
  // A mistyped target is told before the model is loaded.
  targetRequest(traceSettings(values), await checkpoint.tokenizer());
  const session = await sessionSettings(values, output, task);
  const model = await openTraceable(checkpoint, folders.dictionary, session, task);
  const load = clock.lap();
  const options = {
    settings: traceSettings(values, model),
    keep: { nodeThreshold: values['node-threshold'], edgeThreshold: values['edge-threshold'] },
    leaves: values.leaves,
    exact: values.adjacency !== undefined,
    labels: !values['no-labels'],
    warn: (line: string) => output.warn(line),
  };
  const traced = await tracePrompt(model, prompt, options, task);
  await model.dispose();
  const files = await writeFiles(values, traced, task);
  return {
    ...traced,
    inputTotals: totalsOf(traced),
    seconds: { load, ...traced.result.seconds },
    provider: session.provider,
    files,
  };
}

function traceSettings(values: GraphValues, model?: TraceableModel): TraceSettings {
  return {
    target: values.target,
    maxLogits: values['max-logits'],
    logitProbability: values['logit-probability'],
    maxFeatureNodes: values['max-feature-nodes'] ?? model?.defaultBudget ?? DEFAULT_TRACE_SETTINGS.maxFeatureNodes,
  };
}

async function writeFiles(
  values: TraceOutputValues,
  { graph, result }: { graph: AttributionGraph; result: TracedPrompt['result'] },
  task: Task,
): Promise<Trace['files']> {
  const path = values.out ?? `${slugOf(graph.metadata.prompt)}.graph.json`;
  task.progress?.('write', 0, undefined);
  throwIfCancelled(task);
  if (values.adjacency !== undefined) await writeAdjacency(values.adjacency, result);
  throwIfCancelled(task);
  await writeGraph(path, graph, task);
  return { graph: path, adjacency: values.adjacency ?? null };
}

function totalsOf({ graph, nodes, result: { matrix } }: TracedPrompt): Float64Array {
  const { absolute } = inputSums(matrix);
  const rows = new Map(nodes.map(({ id }, i) => [id, i]));
  return Float64Array.from(graph.nodes, ({ id }) => absolute[rows.get(id)!]);
}
