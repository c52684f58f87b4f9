import type { AttributionGraph } from '../../graph/types.ts';

/** One occurrence of a node in the tree. */
export interface TreeNode {
  /** Index in the graph's nodes. */
  readonly node: number;
  /** Direct effect on the node above; 0 for the root. */
  readonly weight: number;
  /** |weight| over all absolute inputs of the node above; 1 for the root. */
  readonly share: number;
  readonly depth: number;
  readonly children: TreeNode[];
  /** The node stands elsewhere in the tree with its inputs. */
  repeated: boolean;
}

export interface TreeLimits {
  /** Nodes below the root. */
  readonly lines: number;
  /** Inputs of a node. */
  readonly breadth: number;
  readonly depth: number;
}

/** A candidate for the next line of the tree. */
interface Branch {
  readonly parent: TreeNode;
  readonly source: number;
  readonly weight: number;
  readonly share: number;
  /** Product of the shares on the way down from the root. */
  readonly path: number;
}

/**
 * The strongest paths of a graph below `root`, as a tree: the branch whose path carries the largest product of shares is
 * added next, until the limits are reached. Every node is expanded once, where it is reached first; elsewhere it is
 * marked as repeated. `totals` are the sums of absolute inputs of the nodes, the denominators of the shares.
 */
export function circuitTree(
  { nodes, links }: Pick<AttributionGraph, 'nodes' | 'links'>,
  root: number,
  totals: ArrayLike<number>,
  limits: TreeLimits,
): TreeNode {
  const inputs: number[][] = nodes.map(() => []);
  for (let link = 0; link < links.weights.length; link++) inputs[links.targets[link]].push(link);
  const strongest = (node: number): number[] =>
    inputs[node]
      .toSorted((a, b) => Math.abs(links.weights[b]) - Math.abs(links.weights[a]) || a - b)
      .slice(0, limits.breadth);

  const expanded = new Set<number>();
  const branches: Branch[] = [];
  const expand = (parent: TreeNode, path: number): void => {
    if (expanded.has(parent.node)) {
      parent.repeated = inputs[parent.node].length > 0;
      return;
    }
    expanded.add(parent.node);
    if (parent.depth >= limits.depth) return;
    for (const link of strongest(parent.node)) {
      const weight = links.weights[link];
      const total = totals[parent.node];
      const share = total > 0 ? Math.abs(weight) / total : 0;
      branches.push({ parent, source: links.sources[link], weight, share, path: path * share });
    }
  };

  const top: TreeNode = { node: root, weight: 0, share: 1, depth: 0, children: [], repeated: false };
  expand(top, 1);
  for (let line = 0; line < limits.lines && branches.length > 0; line++) {
    let best = 0;
    for (let i = 1; i < branches.length; i++) if (branches[i].path > branches[best].path) best = i;
    const [{ parent, source, weight, share, path }] = branches.splice(best, 1);
    const child = { node: source, weight, share, depth: parent.depth + 1, children: [], repeated: false };
    parent.children.push(child);
    expand(child, path);
  }
  return top;
}
