import type { GraphNode } from './graph.ts';
import type { Attributes } from './types.ts';

/** A node as it is written: its values by their names. */
export interface WrittenNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export function asWritten({ op, domain, inputs, outputs, attributes }: GraphNode): WrittenNode {
  const names = (values: GraphNode['inputs']): string[] => values.map(({ name }) => name);
  return { op, domain, inputs: names(inputs), outputs: names(outputs), attributes };
}

/**
 * The same in operators of ONNX's own set. Without this, providers that have none of ONNX Runtime's operators leave the
 * products with a transposed operand, which are most of the work, to the CPU, and copy everything to and fro.
 */
export function inStandardOperators(node: GraphNode): WrittenNode[] {
  return node.op === 'FusedMatMul' ? plainProduct(node) : [asWritten(node)];
}

/** Gemm reads transposed matrices in place. It takes no batch: one that shares a weight becomes rows, any other is transposed. */
function plainProduct(node: GraphNode): WrittenNode[] {
  const [a, b] = node.inputs;
  const { transA, transB, transBatchB = 0 } = node.attributes;
  const [output] = node.outputs;
  if (a.shape.length === 2 && b.shape.length === 2) {
    return [written('Gemm', [a.name, b.name], output.name, { transA, transB })];
  }
  const [width, columns] = [a.shape[a.shape.length - 1], output.shape[output.shape.length - 1]];
  if (b.shape.length === 2 && transA === 0 && typeof width === 'number' && typeof columns === 'number') {
    const name = (part: string): string => `${output.name}_${part}`;
    return [
      written('Constant', [], name('flat'), { value_ints: [-1, width] }),
      written('Reshape', [a.name, name('flat')], name('rows'), {}),
      written('Gemm', [name('rows'), b.name], name('product'), { transB }),
      written('Shape', [a.name], name('batch'), { end: -1 }),
      written('Constant', [], name('columns'), { value_ints: [columns] }),
      written('Concat', [name('batch'), name('columns')], name('shape'), { axis: 0 }),
      // A size of 0 is meant: there may be no rows.
      written('Reshape', [name('product'), name('shape')], output.name, { allowzero: 1 }),
    ];
  }
  const nodes: WrittenNode[] = [];
  const operand = (index: 0 | 1, isTransposed: boolean, batchIsSecond = false): string => {
    const { name, shape } = node.inputs[index];
    if (!isTransposed && !batchIsSecond) return name;
    const perm = [...shape.keys()];
    if (batchIsSecond) perm.splice(shape.length - 2, 0, perm.shift()!);
    if (isTransposed) perm.splice(shape.length - 2, 0, perm.pop()!);
    const transposed = `${output.name}_transposed${index}`;
    nodes.push(written('Transpose', [name], transposed, { perm }));
    return transposed;
  };
  const operands = [operand(0, transA === 1), operand(1, transB === 1, transBatchB === 1)];
  return [...nodes, written('MatMul', operands, output.name, {})];
}

function written(op: string, inputs: readonly string[], output: string, attributes: Attributes): WrittenNode {
  return { op, domain: '', inputs, outputs: [output], attributes };
}
