import { tensorIn, type SafetensorsFile, type TensorRef } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';

/** A named tensor of a file whose shape must be `shape`. Errors: `file-damaged` naming the file and the tensor. */
export function shapedTensor(file: SafetensorsFile, name: string, shape: readonly number[]): TensorRef {
  const ref = tensorIn(file, name);
  if (isShape(ref, shape)) return ref;
  throw wrongShape(ref, `[${shape.join(', ')}]`);
}

/**
 * The encoder [nFeatures, dModel], or [dModel, nFeatures] where it is transposed, from which the other shapes follow;
 * neither size is 0. `dModel` is that of layer 0.
 */
export function encoderTensor(
  file: SafetensorsFile,
  name: string,
  dModel: number | undefined,
  isTransposed: boolean,
): TensorRef {
  const ref = tensorIn(file, name);
  const { shape } = ref.entry;
  const width = shape[isTransposed ? 0 : 1];
  const wanted = (size: string | number) => (isTransposed ? `[${size}, features]` : `[features, ${size}]`);
  if (shape.length !== 2 || shape.includes(0)) throw wrongShape(ref, wanted('d_model'));
  if (dModel !== undefined && width !== dModel) throw wrongShape(ref, `${wanted(dModel)}, as in layer 0,`);
  return ref;
}

/** Thresholds as [nFeatures]; files that kept circuit-tracer's broadcasting dimension hold [1, nFeatures]. */
export function thresholdTensor(file: SafetensorsFile, name: string, nFeatures: number): TensorRef | undefined {
  if (!file.entries.has(name)) return undefined;
  const ref = tensorIn(file, name);
  if (isShape(ref, [1, nFeatures])) return { path: ref.path, entry: { ...ref.entry, shape: [nFeatures] } };
  return shapedTensor(file, name, [nFeatures]);
}

/** The slice [index] of a tensor's first dimension, as a tensor of its own over the same bytes. */
export function sliceOf(ref: TensorRef, index: number): TensorRef {
  const { name, shape, offset, byteLength } = ref.entry;
  const bytes = byteLength / shape[0];
  const entry = { ...ref.entry, name: `${name}[${index}]`, shape: shape.slice(1) };
  return { path: ref.path, entry: { ...entry, offset: offset + index * bytes, byteLength: bytes } };
}

function isShape(ref: TensorRef, shape: readonly number[]): boolean {
  return ref.entry.shape.length === shape.length && ref.entry.shape.every((size, i) => size === shape[i]);
}

function wrongShape(ref: TensorRef, wanted: string): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${ref.path}: tensor "${ref.entry.name}" has the shape [${ref.entry.shape.join(', ')}] where ${wanted} is needed.`,
    'The file belongs to another dictionary, or to another layer of it: fetch or export it again.',
  );
}
