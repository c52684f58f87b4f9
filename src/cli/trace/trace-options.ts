import { under, value, valueOr, flag, type OptionValues } from '../frame/options.ts';
import { anyText, integer, path, share } from '../frame/value-readers.ts';

/** What the graph explains and how it is cut; the defaults are circuit-tracer's. */
export const GRAPH_OPTIONS = under('Graph', {
  target: value(
    'TARGET',
    `explain these tokens instead of the likeliest: 7,3,20 or '" Austin"' or a difference '" Austin" - " Sacramento"'`,
    anyText,
  ),
  'max-logits': valueOr('N', 'likeliest tokens to explain, at most', integer(1), 10),
  'logit-probability': valueOr('P', 'and only until they hold this probability together', share, 0.95),
  'max-feature-nodes': value(
    'N',
    'features in the graph before pruning, at most; 7500 without it, of neurons 2000',
    integer(1),
  ),
  'node-threshold': valueOr('P', 'pruning: the strongest nodes that hold this share of the influence', share, 0.8),
  leaves: flag('add biases and position 0 as leaves: every row then sums to its pre-activation'),
  'edge-threshold': valueOr('P', 'pruning: the strongest edges that hold this share of the influence', share, 0.98),
});

export const TRACE_OUTPUT_OPTIONS = under('Output', {
  out: value('FILE', 'the pruned graph, *.graph.json; in the current folder and named by the prompt without it', path),
  adjacency: value('FILE', 'also write the unpruned graph to this .safetensors file', path),
  lines: valueOr('N', 'nodes shown of the circuit', integer(0), 40),
  breadth: valueOr('N', 'inputs shown of a node, at most', integer(1), 4),
  depth: valueOr('N', 'steps shown below an output, at most', integer(1), 6),
  'no-labels': flag('do not look up the labels of features'),
});

export type GraphValues = OptionValues<typeof GRAPH_OPTIONS>;
export type TraceOutputValues = OptionValues<typeof TRACE_OUTPUT_OPTIONS>;
