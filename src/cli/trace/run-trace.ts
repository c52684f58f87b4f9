import { attribute, type AttributionResult } from '../../attribution/attribute.ts';
import { prunedGraph } from '../../attribution/graph-of-matrix.ts';
import { inputSums } from '../../attribution/influence.ts';
import { loadReplacementModel } from '../../attribution/replacement-model.ts';
import type { TargetRequest } from '../../attribution/targets.ts';
import { openCheckpoint, type Tokenizer } from '../../checkpoint/index.ts';
import { openDictionary } from '../../dictionary/index.ts';
import type { AttributionGraph, GraphNode } from '../../graph/types.ts';
import { writeGraph } from '../../graph/write-graph.ts';
import type { ExecutionProvider } from '../../onnx/index.ts';
import { throwIfCancelled, type Task } from '../../task.ts';
import type { OptionValues } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { Stopwatch } from '../frame/stopwatch.ts';
import { modelAndDictionary } from '../model/folders.ts';
import { likeliest, type LikelyToken } from '../model/likeliest.ts';
import type { DICTIONARY_OPTIONS, ENGINE_OPTIONS, MODEL_OPTIONS } from '../model/model-options.ts';
import { sessionSettings } from '../model/session-settings.ts';
import { checkOutputFile } from '../output-files.ts';
import { readPrompt, type Prompt } from '../prompt/prompt.ts';
import { readTarget } from '../prompt/target.ts';
import { writeAdjacency } from './adjacency-file.ts';
import { featureKey, readLabels, type FeatureLabels } from './feature-labels.ts';
import { graphNodes } from './graph-nodes.ts';
import { graphMetadata, slugOf } from './metadata.ts';
import type { GraphValues, TraceOutputValues } from './trace-options.ts';

export type TraceValues = GraphValues &
  TraceOutputValues &
  OptionValues<typeof MODEL_OPTIONS & typeof DICTIONARY_OPTIONS & typeof ENGINE_OPTIONS> & {
    readonly prompt: string | undefined;
    readonly tokens: readonly number[] | undefined;
  };

/** A traced prompt, its files written. */
export interface Trace {
  readonly prompt: Prompt;
  readonly top: readonly LikelyToken[];
  readonly result: AttributionResult;
  /** Pruned. */
  readonly graph: AttributionGraph;
  /** Sum of the absolute inputs of each node of `graph`, in the unpruned one. */
  readonly inputTotals: Float64Array;
  readonly labels: FeatureLabels;
  readonly seconds: Readonly<Record<'load' | 'forward' | 'attribute' | 'prune', number>>;
  readonly provider: ExecutionProvider;
  readonly files: { readonly graph: string; readonly adjacency: string | null };
}

/** Candidates for the next token that a trace reports. */
const TOP_TOKENS = 10;

/** Traces the prompt that `values` name and writes the graph. */
export async function runTrace(values: TraceValues, output: Output, task: Task): Promise<Trace> {
  const clock = new Stopwatch();
  const folders = modelAndDictionary(values);
  for (const file of [values.out, values.adjacency]) if (file !== undefined) await checkOutputFile(file);
  const checkpoint = await openCheckpoint(folders.model);
  const dictionary = await openDictionary(folders.dictionary);
  const tokenizer = await checkpoint.tokenizer();
  const prompt = await readPrompt(checkpoint, values);
  const targets = targetRequest(values, tokenizer);
  const settings = await sessionSettings(values, task);
  const model = await loadReplacementModel(checkpoint, dictionary, settings, task);
  const load = clock.lap();
  const thresholds = { nodeThreshold: values['node-threshold'], edgeThreshold: values['edge-threshold'] };
  const result = await attribute(
    model,
    prompt.ids,
    {
      targets,
      thresholds,
      maxFeatureNodes: values['max-feature-nodes'],
      leaves: values.leaves,
      exact: values.adjacency !== undefined,
    },
    task,
  );
  await model.dispose();
  throwIfCancelled(task);

  const nodes = graphNodes(result, tokenizer);
  const kept = nodes.filter(({ kind }, i) => kind === 'feature' && result.pruned.nodeKept[i] === 1);
  const wanted = values['no-labels'] ? [] : kept.map(({ layer, feature }) => [layer, feature!] as const);
  const labels = await readLabels(dictionary, wanted, line => output.warn(line));
  const labelled = nodes.map(node => withLabel(node, labels));
  const metadata = await graphMetadata(checkpoint, dictionary, prompt, values, result);
  const graph = prunedGraph(result.matrix, labelled, result.pruned, metadata);
  const files = await writeFiles(values, graph, result, task);
  return {
    prompt,
    top: likeliest(result.probabilities, TOP_TOKENS, tokenizer),
    result,
    graph,
    inputTotals: totalsOf(graph, nodes, result),
    labels,
    seconds: { load, ...result.seconds },
    provider: settings.provider,
    files,
  };
}

function targetRequest(values: GraphValues, tokenizer: Tokenizer | undefined): TargetRequest {
  if (values.target !== undefined) return readTarget(values.target, tokenizer);
  return { kind: 'salient', maxLogits: values['max-logits'], probability: values['logit-probability'] };
}

function withLabel(node: GraphNode, labels: FeatureLabels): GraphNode {
  if (node.kind !== 'feature') return node;
  const label = labels.get(featureKey(node.layer, node.feature!));
  return label === undefined ? node : { ...node, label: label.text };
}

async function writeFiles(
  values: TraceOutputValues,
  graph: AttributionGraph,
  result: AttributionResult,
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

function totalsOf(graph: AttributionGraph, nodes: readonly GraphNode[], { matrix }: AttributionResult): Float64Array {
  const { absolute } = inputSums(matrix);
  const rows = new Map(nodes.map(({ id }, i) => [id, i]));
  return Float64Array.from(graph.nodes, ({ id }) => absolute[rows.get(id)!]);
}
