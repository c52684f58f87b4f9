/** Everything that a pass has gathered, as arrays of fixed length under names: saved and restored in place. */
export type StateArrays = Readonly<Record<string, StateArray>>;

export type StateArray = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
