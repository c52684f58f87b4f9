/** Bytes of one element of each safetensors dtype. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof DTYPE_BYTES;

/** A tensor inside a .safetensors file; row-major, little-endian. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Absolute: bytes from the start of the file, not of its data section. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Where a stored tensor lies: what ONNX external data and the positional readers need. */
export interface TensorRef {
  readonly path: string;
  readonly entry: TensorEntry;
}

/** The number of elements of `shape`; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
