import { open } from 'node:fs/promises';

/**
 * Reads a GGUF file (version 3, github.com/ggml-org/ggml/blob/master/docs/gguf.md): what the one package holds that
 * this script fetches. A developer's tool: it trusts its input as far as its checksum goes.
 */
export interface GgufFile {
  readonly fields: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

export interface GgufTensor {
  /** Outermost first, as in a checkpoint (GGUF writes them innermost first). */
  readonly shape: readonly number[];
  /** ggml's number of the type: 0 F32, 3 Q4_1, 8 Q8_0. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Bytes of a block and the values in it. */
const BLOCKS: Readonly<Record<number, readonly [bytes: number, values: number]>> = {
  0: [4, 1],
  3: [20, 32],
  8: [34, 32],
};

export async function readGguf(path: string): Promise<GgufFile> {
  const handle = await open(path, 'r');
  let bytes: Buffer;
  try {
    bytes = await handle.readFile();
  } finally {
    await handle.close();
  }
  const reader = new Reader(bytes);
  if (reader.text(4) !== 'GGUF' || reader.u32() !== 3) throw new Error(`${path} is not a GGUF file of version 3`);
  const nTensors = Number(reader.u64());
  const nFields = Number(reader.u64());
  const fields = new Map<string, GgufValue>();
  for (let i = 0; i < nFields; i++) fields.set(reader.string(), reader.value(reader.u32()));
  const described = Array.from({ length: nTensors }, () => {
    const name = reader.string();
    const shape = Array.from({ length: reader.u32() }, () => Number(reader.u64())).reverse();
    return { name, shape, type: reader.u32(), offset: Number(reader.u64()) };
  });
  const alignment = Number(fields.get('general.alignment') ?? 32);
  const start = Math.ceil(reader.at / alignment) * alignment;
  const tensors = described.map(({ name, shape, type, offset }): [string, GgufTensor] => {
    if (!Object.hasOwn(BLOCKS, type)) throw new Error(`${path}: tensor ${name} has the type ${type}`);
    const [blockBytes, values] = BLOCKS[type];
    const length = (shape.reduce((a, b) => a * b, 1) / values) * blockBytes;
    return [name, { shape, type, bytes: bytes.subarray(start + offset, start + offset + length) }];
  });
  return { fields, tensors: new Map(tensors) };
}

class Reader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#step(4));
  }
  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#step(8));
  }
  text(length: number): string {
    const start = this.#step(length);
    return this.#bytes.toString('utf8', start, start + length);
  }
  string(): string {
    return this.text(Number(this.u64()));
  }

  /** A value of one of GGUF's types. */
  value(type: number): GgufValue {
    switch (type) {
      case 0:
        return this.#bytes.readUInt8(this.#step(1));
      case 4:
        return this.u32();
      case 5:
        return this.#bytes.readInt32LE(this.#step(4));
      case 6:
        return this.#bytes.readFloatLE(this.#step(4));
      case 7:
        return this.#bytes.readUInt8(this.#step(1)) !== 0;
      case 8:
        return this.string();
      case 9: {
        const element = this.u32();
        return Array.from({ length: Number(this.u64()) }, () => this.value(element));
      }
      case 10:
        return this.u64();
      default:
        throw new Error(`a GGUF value of the type ${type}`);
    }
  }

  #step(length: number): number {
    this.at += length;
    return this.at - length;
  }
}
