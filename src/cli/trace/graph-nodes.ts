import type { AttributionResult } from '../../attribution/attribute.ts';
import type { Tokenizer } from '../../checkpoint/index.ts';
import { errorNode, featureNode, logitNode, tokenNode } from '../../graph/nodes.ts';
import type { GraphNode } from '../../graph/types.ts';
import { tokenText } from '../prompt/prompt.ts';

/** The nodes of a traced graph in the order of its matrix, without labels. */
export function graphNodes(result: AttributionResult, nLayers: number, tokenizer: Tokenizer | undefined): GraphNode[] {
  const { active, tokens, targets } = result;
  const last = tokens.length - 1;
  const nodes: GraphNode[] = [];
  for (let i = 0; i < active.layers.length; i++) {
    const activation = active.activations[i];
    nodes.push(featureNode(active.layers[i], active.positions[i], active.indices[i], { activation }));
  }
  for (let layer = 0; layer < nLayers; layer++) {
    for (const position of tokens.keys()) nodes.push(errorNode(layer, position));
  }
  tokens.forEach((token, position) => nodes.push(tokenNode(position, token)));
  targets.forEach(({ token, label, weight }, i) => {
    const text = label ?? tokenText(tokenizer, token);
    nodes.push(logitNode(nLayers, last, token, { text, probability: weight, isTarget: i === 0 }));
  });
  return nodes;
}
