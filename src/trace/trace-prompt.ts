import { attribute, type AttributionResult } from '../attribution/attribute.ts';
import { prunedGraph } from '../attribution/graph-of-matrix.ts';
import type { PruneThresholds } from '../attribution/prune.ts';
import type { TargetRequest } from '../attribution/targets.ts';
import type { Tokenizer } from '../checkpoint/index.ts';
import type { AttributionGraph, GraphNode } from '../graph/types.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { featureKey, readLabels, type FeatureLabels } from './feature-labels.ts';
import { graphNodes } from './graph-nodes.ts';
import { likeliest, type LikelyToken } from './likeliest.ts';
import { graphMetadata } from './metadata.ts';
import type { TraceableModel } from './open-model.ts';
import type { Prompt } from './prompt.ts';
import type { TraceSettings } from './trace-settings.ts';
import { readTarget } from './target.ts';
import { WIDE_THRESHOLDS, widePruning } from './wide-graph.ts';

export interface TraceOptions {
  readonly settings: TraceSettings;
  /** What the graph keeps: the strongest by these thresholds, or `wide`, from which any view can be pruned again. */
  readonly keep: PruneThresholds | 'wide';
  /** Adds biases and position 0 as leaves. Default false. */
  readonly leaves?: boolean;
  /** Keeps every effect of however large a graph. Default false. */
  readonly exact?: boolean;
  /** Looks up the labels of features. Default true. */
  readonly labels?: boolean;
  /** Told what a person should know. */
  readonly warn?: (line: string) => void;
}

/** A traced prompt. */
export interface TracedPrompt {
  readonly prompt: Prompt;
  readonly top: readonly LikelyToken[];
  readonly result: AttributionResult;
  readonly graph: AttributionGraph;
  /** All nodes, in the order of the matrix, without labels. */
  readonly nodes: readonly GraphNode[];
  readonly labels: FeatureLabels;
}

/** Candidates for the next token that a trace reports. */
export const TOP_TOKENS = 10;

/** The outputs that settings ask for. Errors: those of `readTarget`. */
export function targetRequest(settings: TraceSettings, tokenizer: Tokenizer | undefined): TargetRequest {
  if (settings.target !== undefined) return readTarget(settings.target, tokenizer);
  return { kind: 'salient', maxLogits: settings.maxLogits, probability: settings.logitProbability };
}

/**
 * From a prompt to its graph, with nodes named and labelled: what the command line and the engine's process share.
 * Errors: those of `attribute` and `targetRequest`.
 */
export async function tracePrompt(
  model: TraceableModel,
  prompt: Prompt,
  { settings, keep, leaves = false, exact = false, labels: wantsLabels = true, warn }: TraceOptions,
  task: Task,
): Promise<TracedPrompt> {
  const { checkpoint } = model;
  const dictionary = model.unitKind === 'feature' ? model.dictionary : undefined;
  const tokenizer = await checkpoint.tokenizer();
  const targets = targetRequest(settings, tokenizer);
  const thresholds = keep === 'wide' ? WIDE_THRESHOLDS : keep;
  const { maxFeatureNodes } = settings;
  const result = await attribute(model, prompt.ids, { targets, thresholds, maxFeatureNodes, leaves, exact }, task);
  throwIfCancelled(task);
  const { pruning, details } = keep === 'wide' ? widePruning(result) : { pruning: result.pruned };
  const top = likeliest(result.probabilities, TOP_TOKENS, tokenizer);

  const nodes = graphNodes(result, tokenizer);
  const kept = nodes.filter(({ kind }, i) => kind === 'feature' && pruning.nodeKept[i] === 1);
  const wanted = wantsLabels ? kept.map(({ layer, feature }) => [layer, feature!] as const) : [];
  const labels = dictionary === undefined ? NO_LABELS : await readLabels(dictionary, wanted, line => warn?.(line));
  const labelled = nodes.map(node => withLabel(node, labels));
  // What a view of a wide graph shows beside it; a pruned graph stays as other tools know it.
  const more = details && { ...details, top: top.map(token => ({ ...token })) };
  const metadata = await graphMetadata(checkpoint, dictionary, prompt, settings, result, thresholds, more);
  const graph = prunedGraph(result.matrix, labelled, pruning, metadata);
  return { prompt, top, result, graph, nodes, labels };
}

const NO_LABELS: FeatureLabels = new Map();

function withLabel(node: GraphNode, labels: FeatureLabels): GraphNode {
  if (node.kind !== 'feature') return node;
  const label = labels.get(featureKey(node.layer, node.feature!));
  return label === undefined ? node : { ...node, label: label.text };
}
