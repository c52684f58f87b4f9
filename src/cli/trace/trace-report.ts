import { circuitTree } from '../display/circuit-tree.ts';
import { distributionLines } from '../display/distribution.ts';
import { scoreText } from '../display/scores.ts';
import { treeLines } from '../display/tree-lines.ts';
import type { Output } from '../frame/output.ts';
import type { Trace } from './run-trace.ts';
import type { TraceOutputValues } from './trace-options.ts';

const FEATURES = { unit: 'feature', units: 'features', missed: 'errors', kind: '' };
const NEURONS = {
  unit: 'neuron',
  units: 'neurons',
  missed: 'neurons left out',
  kind: ", whose nodes are the model's own neurons: no dictionary",
};

/** What a person reads of a trace. */
export function traceReport(trace: Trace, values: TraceOutputValues, output: Output): string[] {
  const { style } = output;
  const { prompt, top, result, graph, labels, seconds, provider, files } = trace;
  const { scores, allActive } = result;
  const of = result.order.unitKind === 'neuron' ? NEURONS : FEATURES;
  const root = graph.nodes.findIndex(({ isTarget }) => isTarget === true);
  const tree = circuitTree(graph, root, trace.inputTotals, values);
  const spent = Object.entries(seconds).map(([what, time]) => `${what} ${time.toFixed(2)}`);
  const labelHint = labels.size === 0 ? '' : 'label and its F1 on unseen examples, ';
  return [
    ...distributionLines(prompt.text, top, output),
    '',
    `${style.bold('Scores')} of the whole graph (1 is best)${of.kind}`,
    `  ${scoreText(scores.replacement)}  replacement: share of the influence that comes from tokens and not from ${of.missed}`,
    `  ${scoreText(scores.completeness)}  completeness: share of the inputs that are not ${of.missed}, weighted by influence`,
    `  ${scoreText(scores.strictCompleteness)}  strict completeness: the same over nodes that have inputs`,
    '',
    `${style.bold('Circuit')} ${graph.nodes.length} nodes and ${graph.links.weights.length} links kept of ${allActive.layers.length} active ${of.units}; the strongest paths:`,
    style.dim('effect on the line above, share of all effects there,'),
    style.dim(`token, layer/${of.unit}, ${labelHint}activation`),
    '',
    ...treeLines(tree, graph, labels, output),
    '',
    `Graph written to ${style.bold(files.graph)}${files.adjacency === null ? '' : `, the unpruned one to ${files.adjacency}`}`,
    style.dim(`Seconds: ${spent.join(', ')} (${provider})`),
  ];
}
