import type { GraphModel } from './graph-model.ts';
import { layerName, tokenName } from './names.ts';

/**
 * The nodes that a query finds, of most influence first. Every word of it must occur in the node's name, its token, its
 * place ("L3"), its kind or its feature's number ("#1234"); a node's id finds that node. An empty query finds nothing.
 */
export function searchNodes(model: GraphModel, names: readonly string[], query: string): number[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: number[] = [];
  model.nodes.forEach((node, i) => {
    const number = node.feature === undefined ? '' : `#${node.feature} ${node.layer}/${node.feature}`;
    const token = tokenName(model.tokens[node.position]);
    const text = `${names[i]}\n${node.label ?? ''}\n${token}\n${layerName(node)}\n${node.kind}\n${number}\n${node.id}`;
    const lower = text.toLowerCase();
    if (words.every(word => lower.includes(word))) found.push(i);
  });
  return found.sort((a, b) => model.rank[a] - model.rank[b] || a - b);
}
