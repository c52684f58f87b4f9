/**
 * Hashes of token sequences. In a causal model the activation at a position depends on the tokens up to it and nothing
 * else, so two contexts with the same prefix are one data point; the hash of the prefix names it.
 */

/** 53 bits, so that a hash is an exact number: the chance that two of a million prefixes collide is 6e-5. */
const HIGH_BITS = 21;

/** `keys[p]` names the prefix `tokens[0..p]`; the last one names the sequence. */
export function prefixKeys(tokens: Int32Array): Float64Array {
  const keys = new Float64Array(tokens.length);
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  for (let p = 0; p < tokens.length; p++) {
    a = mix(a ^ Math.imul(tokens[p] + 1, 0x9e3779b1));
    b = mix(b + Math.imul(tokens[p] + 0x7f4a7c15, 0x85ebca77));
    keys[p] = joined(a, b);
  }
  return keys;
}

/** A number in [0, 2^53) that is as good as random, and the same for the same key and salt. */
export function priority(key: number, salt: number): number {
  const low = key >>> 0;
  const high = Math.floor(key / 2 ** 32);
  const a = mix(low ^ mix(salt + 0x165667b1));
  return joined(mix(a ^ high), mix(Math.imul(a, 0xc2b2ae35) + high + salt));
}

function joined(a: number, b: number): number {
  return (a >>> (32 - HIGH_BITS)) * 2 ** 32 + (b >>> 0);
}

/** The finaliser of MurmurHash3. */
function mix(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
