import type { AttributionResult } from '../attribution/attribute.ts';
import type { NodePlace } from '../attribution/node-order.ts';
import type { Tokenizer } from '../checkpoint/index.ts';
import { errorNode, featureNode, logitNode, otherNode, tokenNode } from '../graph/nodes.ts';
import { EMBEDDING_LAYER, type GraphNode } from '../graph/types.ts';
import { tokenText } from './prompt.ts';

/** The nodes of a traced graph in the order of its matrix, without labels. */
export function graphNodes(result: AttributionResult, tokenizer: Tokenizer | undefined): GraphNode[] {
  return result.order.places().map(place => graphNode(place, result, tokenizer));
}

function graphNode(place: NodePlace, result: AttributionResult, tokenizer: Tokenizer | undefined): GraphNode {
  const { active, tokens, targets, order } = result;
  const { kind, index, part, layer = EMBEDDING_LAYER, position = 0 } = place;
  if (kind === 'feature') {
    const activation = active.activations[index];
    return featureNode(active.layers[index], active.positions[index], active.indices[index], { activation });
  }
  if (kind === 'neuron') {
    const [feature, activation] = [active.indices[index], active.activations[index]];
    return otherNode(kind, active.layers[index], active.positions[index], { feature, activation });
  }
  if (kind === 'error') return errorNode(layer, position);
  if (kind === 'token') return tokenNode(position, tokens[position]);
  if (kind !== 'logit') return otherNode(kind, layer, position, part === undefined ? {} : { part });
  const { token, label, weight } = targets[index];
  const text = label ?? tokenText(tokenizer, token);
  return logitNode(order.nLayers, position, token, { text, probability: weight, isTarget: index === 0 });
}
