import type { GgufTensor } from './gguf-file.ts';

/**
 * The float32 values of a tensor, computed as the Python package `gguf` does (each product and sum rounded to float32),
 * so that they equal those of transformers bit by bit. Q4_1: blocks of a scale, a minimum and 32 nibbles, low ones
 * first; Q8_0: a scale and 32 signed bytes.
 */
export function dequantise({ shape, type, bytes }: GgufTensor): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 0) return values.map((_, i) => view.getFloat32(4 * i, true));
  const isQ4 = type === 3;
  for (let block = 0; block * 32 < values.length; block++) {
    const at = block * (isQ4 ? 20 : 34);
    const scale = half(view.getUint16(at, true));
    if (isQ4) {
      const minimum = half(view.getUint16(at + 2, true));
      for (let i = 0; i < 32; i++) {
        const byte = bytes[at + 4 + (i % 16)];
        const nibble = i < 16 ? byte & 15 : byte >> 4;
        values[block * 32 + i] = Math.fround(scale * nibble) + minimum;
      }
    } else {
      for (let i = 0; i < 32; i++) values[block * 32 + i] = scale * view.getInt8(at + 2 + i);
    }
  }
  return values;
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/**
 * Rows of a query or key projection in the order of Hugging Face's Llama: llama.cpp stores the two halves of each
 * head's rotation next to one another. values: [nHeads * headDim, width]
 */
export function unpermuted(values: Float32Array, nHeads: number, headDim: number, width: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let head = 0; head < nHeads; head++) {
    for (let i = 0; i < headDim; i++) {
      const from = head * headDim + 2 * (i % (headDim / 2)) + Math.floor(i / (headDim / 2));
      result.set(values.subarray(from * width, (from + 1) * width), (head * headDim + i) * width);
    }
  }
  return result;
}
