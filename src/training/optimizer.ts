import {
  add,
  div,
  matmul,
  maximum,
  mul,
  sqrt,
  stack,
  slice,
  squeeze,
  sub,
  sum,
  transpose,
  type Graph,
  type Value,
} from '../onnx/index.ts';
import { zeros, type Parameter } from './parameters.ts';

/** The scalars that change from step to step. */
export interface StepInputs {
  readonly learningRate: Value;
  /** 1 - beta^step of AdamW's two averages. */
  readonly correction1: Value;
  readonly correction2: Value;
}

/** A parameter's value before a step, its gradient, and where optimizers put the value after it. */
export interface Trained {
  readonly parameter: Parameter;
  readonly value: Value;
  readonly gradient: Value;
}

/** What one optimizer adds to a graph: outputs that replace the inputs of the same name at the next step. */
export interface Update {
  readonly state: readonly Parameter[];
  readonly next: ReadonlyMap<string, Value>;
}

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
}

const ADAM_EPSILON = 1e-8;

/** AdamW with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2). */
export function adamW(graph: Graph, step: StepInputs, trained: readonly Trained[], settings: AdamSettings): Update {
  const state: Parameter[] = [];
  const next = new Map<string, Value>();
  const { beta1, beta2, weightDecay } = settings;
  for (const { parameter, value, gradient } of trained) {
    const first = zeros(`adam.first.${parameter.name}`, parameter.shape);
    const second = zeros(`adam.second.${parameter.name}`, parameter.shape);
    state.push(first, second);
    const m = add(mul(graph.input(first.name, 'float32', first.shape), beta1), mul(gradient, 1 - beta1));
    const v = add(
      mul(graph.input(second.name, 'float32', second.shape), beta2),
      mul(mul(gradient, gradient), 1 - beta2),
    );
    const direction = div(div(m, step.correction1), add(sqrt(div(v, step.correction2)), ADAM_EPSILON));
    const decayed = weightDecay === 0 ? value : sub(value, mul(value, mul(step.learningRate, weightDecay)));
    next.set(parameter.name, sub(decayed, mul(direction, step.learningRate)));
    next.set(first.name, m);
    next.set(second.name, v);
  }
  return { state, next };
}

export interface MuonSettings {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Scales the orthogonal update to the size of an AdamW update: 0.2 sqrt(larger side) (Liu et al. 2025, eq. 4). */
  readonly updateScale: number;
}

const NEWTON_SCHULZ_STEPS = 5;
/** Coefficients of the quintic iteration (Jordan et al. 2024, Muon). */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/** Muon for matrices: Nesterov momentum, orthogonalised. Matrices of one shape are worked on as one batch. */
export function muon(graph: Graph, step: StepInputs, trained: readonly Trained[], settings: MuonSettings): Update {
  const state: Parameter[] = [];
  const next = new Map<string, Value>();
  for (const group of byOrientedShape(trained)) {
    const { name, shape } = group[0].parameter;
    const [rows, columns] = orient(shape);
    const momentum = zeros(`muon.momentum.${name}`, [group.length, rows, columns]);
    state.push(momentum);
    const gradients = stack(
      group.map(member => (isTall(member.parameter.shape) ? transpose(member.gradient, [1, 0]) : member.gradient)),
      0,
    );
    const m = add(mul(graph.input(momentum.name, 'float32', momentum.shape), settings.momentum), gradients);
    const updates = orthogonalize(add(gradients, mul(m, settings.momentum)));
    next.set(momentum.name, m);
    const scale = settings.updateScale * Math.sqrt(columns);
    group.forEach(({ parameter, value }, index) => {
      const update = squeeze(slice(updates, 0, index, index + 1), [0]);
      const oriented = isTall(parameter.shape) ? transpose(update, [1, 0]) : update;
      const decayed = sub(value, mul(value, mul(step.learningRate, settings.weightDecay)));
      next.set(parameter.name, sub(decayed, mul(oriented, mul(step.learningRate, scale))));
    });
  }
  return { state, next };
}

/** Nearest semi-orthogonal matrices by Newton-Schulz: X <- a X + (b XX' + c (XX')^2) X. [n, rows, columns] */
function orthogonalize(x: Value): Value {
  const norm = sqrt(sum(mul(x, x), [1, 2], { keep: true }));
  let y = div(x, add(norm, 1e-7));
  for (let i = 0; i < NEWTON_SCHULZ_STEPS; i++) {
    const gram = matmul(y, y, { transposeB: true });
    const polynomial = add(mul(gram, B), mul(matmul(gram, gram), C));
    y = add(mul(y, A), matmul(polynomial, y));
  }
  return y;
}

/** Gradients scaled so that their joint Euclidean norm is at most `limit`. */
export function clipGradients(gradients: readonly Value[], limit: number): { clipped: Value[]; norm: Value } {
  const squares = gradients.map(gradient =>
    sum(
      mul(gradient, gradient),
      gradient.shape.map((_, axis) => axis),
    ),
  );
  const norm = sqrt(squares.reduce((total, square) => add(total, square)));
  const scale = div(limit, maximum(norm, limit));
  return { clipped: gradients.map(gradient => mul(gradient, scale)), norm };
}

function byOrientedShape(trained: readonly Trained[]): Trained[][] {
  const groups = new Map<string, Trained[]>();
  for (const member of trained) {
    const key = orient(member.parameter.shape).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return [...groups.values()];
}

function isTall(shape: readonly number[]): boolean {
  return shape[0] > shape[1];
}

function orient(shape: readonly number[]): readonly number[] {
  return isTall(shape) ? [shape[1], shape[0]] : shape;
}
