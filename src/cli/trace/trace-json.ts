import type { Trace } from './run-trace.ts';

/** What `circuit trace --json` prints; its fields are a contract. */
export function traceJson({ prompt, top, result, graph, seconds, provider, files }: Trace): object {
  const { replacement, completeness, strictCompleteness } = result.scores;
  const isNeurons = result.order.unitKind === 'neuron';
  return {
    prompt: prompt.text,
    tokens: prompt.tokens.map(({ id, text, start, end }) => ({ id, text, start, end })),
    top,
    ...(isNeurons ? { basis: 'neurons' } : {}),
    // NaN, where a score is not defined, becomes null.
    replacement_score: replacement,
    completeness_score: completeness,
    strict_completeness_score: strictCompleteness,
    active_features: result.allActive.layers.length,
    selected_features: result.active.layers.length,
    nodes: graph.nodes.length,
    links: graph.links.weights.length,
    seconds,
    provider,
    graph: files.graph,
    adjacency: files.adjacency,
  };
}
