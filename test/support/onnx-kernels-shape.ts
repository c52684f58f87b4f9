/** Operators of the ONNX operator set 21 that move numbers: shapes, slices, gathers and scatters. */
import type { Kernel } from './onnx-kernels.ts';
import { at, broadcastShapes, fill, sizeOf, type NumberTensor } from './onnx-numbers.ts';

export const shapeKernels: Readonly<Record<string, Kernel>> = {
  Shape: ([x], { start = 0, end }) => [
    vector(x.shape.slice(Number(start), end === undefined ? undefined : Number(end))),
  ],
  Reshape: ([x, target]) => [{ shape: reshaped(x, [...target.data]), data: x.data }],
  Unsqueeze: ([x, axes]) => [unsqueeze(x, [...axes.data])],
  Squeeze: ([x, axes]) => [squeeze(x, [...axes.data])],
  Expand: ([x, sizes]) => [fill(broadcastShapes(x.shape, [...sizes.data]), index => at(x, index))],
  Transpose: ([x], { perm }) => [transpose(x, perm as readonly number[])],
  Slice: ([x, starts, ends, axes]) => [slice(x, starts, ends, axes)],
  Concat: (inputs, { axis }) => [concat(inputs, Number(axis))],
  Pad: ([x, pads]) => [pad(x, [...pads.data])],
  Gather: ([table, indices]) => [gather(table, indices)],
  GatherND: ([x, points]) => [gatherPoints(x, points)],
  GatherElements: ([x, indices], { axis }) => [
    fill(indices.shape, (index, flat) => at(x, replaced(index, Number(axis), indices.data[flat]))),
  ],
  ScatterND: ([x, points, updates], { reduction }) => [scatterPoints(x, points, updates, reduction)],
  ScatterElements: ([x, indices, updates], { axis, reduction }) => [
    scatterElements(x, indices, updates, Number(axis), reduction),
  ],
  TopK: ([x, count], { sorted }) => topK(x, count.data[0], sorted === 1),
};

function vector(values: readonly number[]): NumberTensor {
  return { shape: [values.length], data: Float64Array.from(values) };
}

function reshaped(x: NumberTensor, target: readonly number[]): number[] {
  const shape = target.map((size, axis) => (size === 0 ? x.shape[axis] : size));
  const known = shape.filter(size => size !== -1);
  const result = shape.map(size => (size === -1 ? x.data.length / sizeOf(known) : size));
  if (sizeOf(result) !== x.data.length) throw new Error(`[${x.shape.join()}] does not become [${target.join()}]`);
  return result;
}

function unsqueeze(x: NumberTensor, axes: readonly number[]): NumberTensor {
  const rank = x.shape.length + axes.length;
  const added = new Set(axes.map(axis => (axis < 0 ? axis + rank : axis)));
  const rest = [...x.shape];
  return { shape: Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!)), data: x.data };
}

function squeeze(x: NumberTensor, axes: readonly number[]): NumberTensor {
  if (axes.some(axis => x.shape.at(axis) !== 1)) throw new Error(`squeeze ${axes.join()} of [${x.shape.join()}]`);
  const removed = new Set(axes.map(axis => (axis < 0 ? axis + x.shape.length : axis)));
  return { shape: x.shape.filter((_, axis) => !removed.has(axis)), data: x.data };
}

function transpose(x: NumberTensor, permutation: readonly number[]): NumberTensor {
  return fill(
    permutation.map(axis => x.shape[axis]),
    index => {
      const source: number[] = [];
      permutation.forEach((axis, i) => (source[axis] = index[i]));
      return at(x, source);
    },
  );
}

function slice(x: NumberTensor, starts: NumberTensor, ends: NumberTensor, axes: NumberTensor): NumberTensor {
  const shape = [...x.shape];
  const offset = x.shape.map(() => 0);
  axes.data.forEach((axis, i) => {
    offset[axis] = starts.data[i];
    shape[axis] = Math.min(ends.data[i], x.shape[axis]) - starts.data[i];
  });
  return fill(shape, index =>
    at(
      x,
      index.map((i, axis) => i + offset[axis]),
    ),
  );
}

function concat(inputs: readonly NumberTensor[], axis: number): NumberTensor {
  const shape = inputs[0].shape.map((size, i) =>
    i === axis ? inputs.reduce((sum, x) => sum + x.shape[axis], 0) : size,
  );
  return fill(shape, index => {
    let along = index[axis];
    const source = inputs.find(x => along < x.shape[axis] || ((along -= x.shape[axis]), false))!;
    return at(source, replaced(index, axis, along));
  });
}

function pad(x: NumberTensor, pads: readonly number[]): NumberTensor {
  const rank = x.shape.length;
  const shape = x.shape.map((size, axis) => size + pads[axis] + pads[rank + axis]);
  return fill(shape, index => {
    const source = index.map((i, axis) => i - pads[axis]);
    return source.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, source) : 0;
  });
}

function gather(table: NumberTensor, indices: NumberTensor): NumberTensor {
  return fill([...indices.shape, ...table.shape.slice(1)], index => {
    const row = at(indices, index.slice(0, indices.shape.length));
    return at(table, [row, ...index.slice(indices.shape.length)]);
  });
}

function gatherPoints(x: NumberTensor, points: NumberTensor): NumberTensor {
  const lead = points.shape.slice(0, -1);
  const depth = points.shape[points.shape.length - 1];
  return fill([...lead, ...x.shape.slice(depth)], index => {
    const point = Array.from({ length: depth }, (_, i) => at(points, [...index.slice(0, lead.length), i]));
    return at(x, [...point, ...index.slice(lead.length)]);
  });
}

function scatterPoints(x: NumberTensor, points: NumberTensor, updates: NumberTensor, reduction: unknown): NumberTensor {
  const lead = points.shape.length - 1;
  const depth = points.shape[lead];
  return scatter(x, updates, reduction, index => [
    ...Array.from({ length: depth }, (_, i) => at(points, [...index.slice(0, lead), i])),
    ...index.slice(lead),
  ]);
}

function scatterElements(
  x: NumberTensor,
  indices: NumberTensor,
  updates: NumberTensor,
  axis: number,
  reduction: unknown,
): NumberTensor {
  return scatter(x, updates, reduction, (index, flat) => replaced(index, axis, indices.data[flat]));
}

function scatter(
  x: NumberTensor,
  updates: NumberTensor,
  reduction: unknown,
  target: (index: readonly number[], flat: number) => readonly number[],
): NumberTensor {
  if (reduction !== 'add') throw new Error(`scatter with reduction ${String(reduction)}`);
  const places = fill(x.shape, (_, flat) => flat);
  const data = x.data.slice();
  fill(updates.shape, (index, flat) => (data[at(places, target(index, flat))] += updates.data[flat]));
  return { shape: x.shape, data };
}

/** The largest first; without `sorted` the order is the implementation's own, and here that of the positions. */
function topK(x: NumberTensor, k: number, sorted: boolean): NumberTensor[] {
  const width = x.shape[x.shape.length - 1];
  const shape = [...x.shape.slice(0, -1), k];
  const chosen: number[] = [];
  for (let row = 0; row < x.data.length; row += width) {
    const order = Array.from({ length: width }, (_, i) => i).sort((a, b) => x.data[row + b] - x.data[row + a] || a - b);
    const best = order.slice(0, k);
    chosen.push(...(sorted ? best : best.sort((a, b) => a - b)));
  }
  return [
    fill(shape, (_, flat) => x.data[Math.floor(flat / k) * width + chosen[flat]]),
    fill(shape, (_, flat) => chosen[flat]),
  ];
}

function replaced(index: readonly number[], axis: number, value: number): number[] {
  const place = axis < 0 ? axis + index.length : axis;
  return index.map((i, at) => (at === place ? value : i));
}
