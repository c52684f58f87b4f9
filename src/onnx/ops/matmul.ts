import type { Value } from '../graph.ts';
import { broadcast, product } from '../shapes.ts';
import type { Shape } from '../types.ts';
import { sumTo } from './reduce.ts';
import { reshape } from './shape.ts';

export interface MatmulOptions {
  /** Use the transpose of the last two axes of `a`. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * Matrix product over the last two axes, batched with broadcasting over the others: [.., m, k] x [.., k, n] = [.., m, n].
 * A transposed operand is read in place (com.microsoft.FusedMatMul), so that one stored weight serves both directions.
 */
export function matmul(a: Value, b: Value, { transposeA = false, transposeB = false }: MatmulOptions = {}): Value {
  const [m, k] = lastTwo(a, transposeA);
  const [k2, n] = lastTwo(b, transposeB);
  if (k !== k2) throw new TypeError(`matmul: [${a.shape.join()}] and [${b.shape.join()}] do not fit`);
  const batch = broadcast('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const fused = transposeA || transposeB;
  const vjp = ([g]: readonly (Value | undefined)[], wanted: readonly boolean[]): (Value | undefined)[] => [
    wanted[0] ? cotangentOfA(a, b, g!, transposeA, transposeB) : undefined,
    wanted[1] ? cotangentOfB(a, b, g!, transposeA, transposeB) : undefined,
  ];
  return a.graph.node(fused ? 'FusedMatMul' : 'MatMul', [a, b], [{ dtype: a.dtype, shape: [...batch, m, n] }], {
    ...(fused
      ? { domain: 'com.microsoft', attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 } }
      : {}),
    vjp,
  })[0];
}

/** x W^T for a weight that is stored as [outputs, inputs], the layout of Hugging Face's Linear. */
export function linear(x: Value, weight: Value): Value {
  return matmul(x, weight, { transposeB: true });
}

/** Z = A B: dA = G B^T; with transposes, the product whose result has the stored layout of A. */
function cotangentOfA(a: Value, b: Value, g: Value, transposeA: boolean, transposeB: boolean): Value {
  const full = transposeA
    ? matmul(b, g, { transposeA: transposeB, transposeB: true })
    : matmul(g, b, { transposeB: !transposeB });
  return sumTo(full, a);
}

function cotangentOfB(a: Value, b: Value, g: Value, transposeA: boolean, transposeB: boolean): Value {
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) {
    // A shared weight: fold the batch into the rows instead of making one matrix for each batch entry and adding them.
    const rows = flattenRows(a);
    const cotangents = flattenRows(g);
    return transposeB ? matmul(cotangents, rows, { transposeA: true }) : matmul(rows, cotangents, { transposeA: true });
  }
  const full = transposeB
    ? matmul(g, a, { transposeA: true, transposeB: transposeA })
    : matmul(a, g, { transposeA: !transposeA });
  return sumTo(full, b);
}

function flattenRows(x: Value): Value {
  if (x.shape.length === 2) return x;
  return reshape(x, [product(x.shape.slice(0, -1)), x.shape[x.shape.length - 1]]);
}

function lastTwo(x: Value, transposed: boolean): Shape {
  if (x.shape.length < 2) throw new TypeError(`matmul: [${x.shape.join()}] is not a matrix`);
  const rows = x.shape[x.shape.length - 2];
  const columns = x.shape[x.shape.length - 1];
  return transposed ? [columns, rows] : [rows, columns];
}
