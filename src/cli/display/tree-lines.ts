import type { AttributionGraph, GraphNode } from '../../graph/types.ts';
import { isClear } from '../../features/index.ts';
import type { Output } from '../frame/output.ts';
import { clipped, columnsOf, padded, printable } from '../frame/text.ts';
import { featureKey, type FeatureLabels } from '../../trace/feature-labels.ts';
import type { TreeNode } from './circuit-tree.ts';
import { quoted } from './distribution.ts';

const PLACE = 17;
const NAME = 9;

/** The tree as lines: effect, share, position, layer/feature, label with its held-out score, activation. */
export function treeLines(
  tree: TreeNode,
  graph: Pick<AttributionGraph, 'nodes' | 'metadata'>,
  labels: FeatureLabels,
  output: Pick<Output, 'style' | 'width'>,
): string[] {
  const root = graph.nodes[tree.node];
  return [output.style.bold(`Output ${quoted(root.text ?? root.id)}`), ...childLines(tree, '')];

  function childLines(parent: TreeNode, indent: string): string[] {
    return parent.children.flatMap((child, i) => {
      const last = i === parent.children.length - 1;
      const line = nodeLine(child, indent + (last ? '└─ ' : '├─ '));
      return [line, ...childLines(child, indent + (last ? '   ' : '│  '))];
    });
  }

  function nodeLine({ node, weight, share, repeated }: TreeNode, branch: string): string {
    const { style, width } = output;
    const found = graph.nodes[node];
    const effect = `${weight < 0 ? '−' : '+'}${significant(Math.abs(weight))}`.padEnd(7);
    const percent = `${Math.round(100 * share)} %`.padStart(5);
    const place = `${quoted(clipped(graph.metadata.promptTokens[found.position]?.trim() ?? '?', 11))}·${found.position}`;
    const activation = found.activation === undefined ? '' : `act ${significant(found.activation)}`;
    const tail = repeated ? 'see its other line' : activation;
    const fixed = columnsOf(branch) + 7 + 1 + 5 + 2 + PLACE + 1 + NAME + 1;
    const room = Math.max(0, width - fixed - tail.length - 1);
    return [
      `${style.dim(branch)}${(weight < 0 ? style.red : style.green)(effect)} ${percent}  `,
      `${padded(place, PLACE)} ${padded(nameOf(found), NAME)} `,
      described(found, room, style.bold),
      tail === '' ? '' : ` ${style.dim(tail)}`,
    ]
      .join('')
      .trimEnd();
  }

  /** The label, and the score that it has on unseen examples, in exactly `room` columns. */
  function described(node: GraphNode, room: number, emphasize: (text: string) => string): string {
    const label = node.feature === undefined ? undefined : labels.get(featureKey(node.layer, node.feature));
    if (label === undefined) return padded(clipped(otherDescription(node), room), room);
    const score = label.detectionF1 ?? label.fuzzing;
    const evidence = score === null ? ' (?)' : ` ${score.toFixed(2).replace(/^0/, '')}`;
    const text = clipped(printable(label.text), Math.max(0, room - evidence.length));
    const shown = isClear(label) ? emphasize(text) : text;
    return shown + padded(evidence, room - columnsOf(text));
  }
}

/** `5/204` for a feature, else what the node is. */
function nameOf({ kind, layer, feature }: GraphNode): string {
  if (feature !== undefined) return `${layer}/${feature}`;
  if (kind === 'token') return 'token';
  return layer < 0 ? kind : `L${layer}`;
}

function otherDescription({ kind, label, text }: GraphNode): string {
  if (label !== undefined) return printable(label);
  if (kind === 'error') return 'what the dictionary misses';
  return kind === 'token' || kind === 'feature' ? '' : (text ?? kind);
}

/** Three significant digits, without an exponent where it can be. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1000 || magnitude < 0.001) return value.toExponential(1);
  return magnitude >= 100 ? value.toFixed(0) : value.toPrecision(3).slice(0, value < 0 ? 6 : 5);
}
