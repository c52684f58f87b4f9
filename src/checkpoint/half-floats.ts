/**
 * 16-bit floats as checkpoints store them (IEEE binary16 "F16" and bfloat16 "BF16") to and from float32.
 * Widening is exact; narrowing rounds to nearest, ties to even, as PyTorch and NumPy do.
 */

let widenedHalves: Float32Array | undefined;

/** [65536] the float32 value of every F16 bit pattern, built on first use (256 KB; six times faster than arithmetic). */
function halfTable(): Float32Array {
  if (widenedHalves !== undefined) return widenedHalves;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 31) table[bits] = fraction === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  widenedHalves = table;
  return table;
}

/** Writes the float32 values of the F16 patterns `source` into `target` from `at` on. */
export function widenFloat16(source: Uint16Array, target: Float32Array, at = 0): void {
  const table = halfTable();
  for (let i = 0; i < source.length; i++) target[at + i] = table[source[i]];
}

/** Writes the float32 values of the BF16 patterns `source` into `target` from `at` on. */
export function widenBfloat16(source: Uint16Array, target: Float32Array, at = 0): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[at + i] = source[i] << 16;
}

/** The F16 patterns nearest to `source`, ties to even; beyond +-65520 infinite, NaN stays NaN. */
export function narrowToFloat16(source: Float32Array): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const halves = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) halves[i] = halfOf(bits[i]);
  return halves;
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520, half way between the largest F16 and the next power of two, rounds to even: infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 an F16 is a multiple of 2^-24: shift the mantissa there by hand.
    const shift = 126 - (magnitude >>> 23);
    if (shift > 24) return sign;
    const mantissa = (magnitude & 0x7fffff) | 0x800000;
    return sign | roundedShift(mantissa, shift);
  }
  // The exponent bias falls from 127 to 15; a carry out of the mantissa moves into the exponent, as it should.
  return sign | roundedShift(magnitude - 0x38000000, 13);
}

/** `value >> shift`, rounded to nearest, ties to even; shift 1 to 24. */
function roundedShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** The BF16 patterns nearest to `source`, ties to even; NaN stays NaN. */
export function narrowToBfloat16(source: Float32Array): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const halves = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const value = bits[i];
    const isNan = (value & 0x7fffffff) > 0x7f800000;
    halves[i] = isNan ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return halves;
}
