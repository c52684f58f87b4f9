/** Element types that graphs here use; the names are ONNX's own, in lower case. */
export type DataType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'bool';

/** A dimension is a number, or a name for a size that is known only when the graph runs ("tokens"). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export type Attribute = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

/** Where a weight lies: a byte range of a file, mapped by the runtime and never copied. */
export interface ExternalData {
  readonly path: string;
  readonly offset: number;
  readonly byteLength: number;
}

export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

/** Where ONNX Runtime computes, by the names of the command line and of reports; `cpu` always runs. */
export type ExecutionProvider = 'cpu' | 'cuda' | 'dml' | 'coreml' | 'webgpu';
