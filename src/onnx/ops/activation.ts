import type { Value } from '../graph.ts';
import { add, cast, exp, greater, mul, neg, sub, unary } from './arithmetic.ts';

/** max(x, 0); the derivative at 0 is 0. */
export function relu(x: Value): Value {
  return unary('Relu', x, g => mul(g, cast(greater(x, 0), g.dtype)));
}

/** x where x > threshold, else 0 (strict; Rajamanoharan et al. 2024, eq. 2). No gradient to the threshold. */
export function jumpRelu(x: Value, threshold: Value): Value {
  return mul(x, cast(greater(x, threshold), x.dtype));
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Value): Value {
  const y: Value = unary('Sigmoid', x, g => mul(g, mul(y, sub(1, y))));
  return y;
}

export function tanh(x: Value): Value {
  const y: Value = unary('Tanh', x, g => mul(g, sub(1, mul(y, y))));
  return y;
}

/** x sigmoid(x), also called swish. */
export function silu(x: Value): Value {
  return mul(x, sigmoid(x));
}

/** Gauss error function; derivative 2 / sqrt(pi) exp(-x^2). */
export function erf(x: Value): Value {
  return unary('Erf', x, g => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))));
}

/** x Phi(x), exact (Hendrycks & Gimpel 2016). */
export function gelu(x: Value): Value {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** The tanh approximation of gelu ("gelu_new", "gelu_pytorch_tanh"). */
export function geluTanh(x: Value): Value {
  const inner = mul(mul(x, add(mul(mul(x, x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
