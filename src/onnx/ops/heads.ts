import type { Value } from '../graph.ts';
import type { Attributes, Dimension, Shape } from '../types.ts';
import { reshape, unsqueeze } from './shape.ts';

/** Letters of the axes of two operands and of the result, as in Einsum. */
type Axes = readonly [a: string, b: string, result: string];

export interface HeadSumOptions {
  /** The weight is [heads, k, n]. */
  readonly headsFirst?: boolean;
  /** A named size that divides m: in the derivative each head's product is done in so many parts. */
  readonly parts?: string;
}

/**
 * The sum over heads of x_h W_h, [m, n]. x: [heads, m, k]; weight: [n, heads, k], as Hugging Face's Linear stores it, or with
 * `headsFirst` [heads, k, n], as GPT-2's Conv1D does. Its derivative with respect to x comes head by head, [heads, m, k],
 * from the parts of the weight where they lie; that of `linear` has the heads side by side, to be transposed. The sum itself
 * is slower than `linear`.
 */
export function sumOverHeads(x: Value, weight: Value, { headsFirst = false, parts }: HeadSumOptions = {}): Value {
  return contract(x, weight, ['hmk', headsFirst ? 'hkn' : 'nhk', 'mn'], parts);
}

/** Sums over the axes that the result lacks (https://onnx.ai/onnx/operators/onnx__Einsum.html). */
function contract(a: Value, b: Value, [ofA, ofB, ofResult]: Axes, parts?: string): Value {
  const sizes = new Map<string, Dimension>();
  for (const [{ shape }, axes] of [[a, ofA] as const, [b, ofB] as const]) {
    if (shape.length !== axes.length) throw new TypeError(`[${shape.join()}] has not the axes ${axes}`);
    for (const [i, axis] of Array.from(axes).entries()) {
      if ((sizes.get(axis) ?? shape[i]) !== shape[i]) {
        throw new TypeError(`${ofA},${ofB}: [${a.shape.join()}] and [${b.shape.join()}] do not fit`);
      }
      sizes.set(axis, shape[i]);
    }
  }
  const shape = Array.from(ofResult, axis => sizes.get(axis)!);
  const equation = `${ofA},${ofB}->${ofResult}`;
  const batched = BY_HEAD[equation];
  if (batched !== undefined && parts !== undefined) return inParts(a, b, ofB.indexOf('h'), parts, { shape, batched });
  const results = [{ dtype: a.dtype, shape }];
  const [operands, form] =
    batched === undefined
      ? ([[a, b], { op: 'Einsum', domain: '', attributes: { equation } }] as const)
      : ([
          [reshape(a, [1, ...a.shape]), b],
          { op: 'FusedMatMul', domain: 'com.microsoft', attributes: batched },
        ] as const);
  const { op, ...options } = form;
  return a.graph.node(op, operands, results, {
    ...options,
    vjp: ([g], wanted) => [
      wanted[0] ? reshape(contract(g!, b, [ofResult, ofB, ofA], parts), operands[0].shape) : undefined,
      wanted[1] ? contract(a, g!, [ofA, ofResult, ofB]) : undefined,
    ],
  })[0];
}

/** The batched products of [m, n] with the part of each head, the rows divided. Without a derivative. */
function inParts(
  a: Value,
  b: Value,
  headAxis: number,
  parts: string,
  { shape: [heads, rows, width], batched }: { readonly shape: Shape; readonly batched: Attributes },
): Value {
  const divided = reshape(a, [1, parts, ROWS_OF_PART, a.shape[1]]);
  const products = a.graph.node(
    'FusedMatMul',
    [divided, unsqueeze(b, [headAxis + 1])],
    [{ dtype: a.dtype, shape: [heads, parts, ROWS_OF_PART, width] }],
    { domain: 'com.microsoft', attributes: batched, differentiable: [] },
  )[0];
  return reshape(products, [heads, rows, width]);
}

const ROWS_OF_PART = 'rows_of_part';

/**
 * Products of one matrix with the part of each head, which com.microsoft.FusedMatMul reads in place: `transBatchB` takes the
 * first axis of [n, heads, k] for the rows of each matrix and the second for the batch.
 */
const BY_HEAD: Readonly<Record<string, { transA: number; transB: number; transBatchB: number }>> = {
  'mn,nhk->hmk': { transA: 0, transB: 0, transBatchB: 1 },
  'mn,hkn->hmk': { transA: 0, transB: 1, transBatchB: 0 },
};
