import type { RopeScaling } from '../checkpoint/index.ts';
import type { TransformerShape } from './shape.ts';

/** Masked scores: far below any score, and finite so that no NaN arises. */
const MASKED = -1e9;

/** Rotary angles, [tokens, rotaryDim] each, both halves alike. */
export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Cosine and sine of position * frequency. */
export function rotaryTables(nTokens: number, frequencies: Float64Array): RotaryTables {
  const half = frequencies.length;
  const cos = new Float32Array(nTokens * 2 * half);
  const sin = new Float32Array(nTokens * 2 * half);
  for (let position = 0; position < nTokens; position++) {
    for (let i = 0; i < 2 * half; i++) {
      const angle = position * frequencies[i % half];
      cos[position * 2 * half + i] = Math.cos(angle);
      sin[position * 2 * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/**
 * [tokens, tokens], rows = queries, added to the scores: 0 where a query may look, -1e9 after it and, with a window of w
 * positions, more than w - 1 before it.
 */
export function causalMask(nTokens: number, window = Infinity): Float32Array {
  const mask = new Float32Array(nTokens * nTokens).fill(MASKED);
  for (let query = 0; query < nTokens; query++) {
    mask.fill(0, query * nTokens + Math.max(0, query + 1 - window), query * nTokens + query + 1);
  }
  return mask;
}

/** The frequencies of layers that see everything. */
export function globalFrequencies(shape: TransformerShape): Float64Array {
  return rotaryFrequencies(shape.rotaryDim ?? shape.headDim, shape.ropeTheta, shape.ropeScaling);
}

/** The frequencies of sliding layers with a base of their own, to which long-context scaling does not apply. */
export function localFrequencies(shape: TransformerShape, theta: number): Float64Array {
  return rotaryFrequencies(shape.rotaryDim ?? shape.headDim, theta);
}

/**
 * Radians a position for each pair of the `dimensions` that are rotated: theta^(-2i/dimensions) (Su et al. 2021, eq. 15).
 * "llama3" keeps high frequencies, divides low ones by the factor and blends between (transformers,
 * _compute_llama3_parameters).
 */
export function rotaryFrequencies(dimensions: number, theta: number, scaling?: RopeScaling): Float64Array {
  const frequencies = new Float64Array(dimensions / 2);
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = scaleFrequency(theta ** ((-2 * i) / dimensions), scaling);
  }
  return frequencies;
}

function scaleFrequency(frequency: number, scaling: RopeScaling | undefined): number {
  if (scaling === undefined) return frequency;
  if (scaling.kind === 'linear') return frequency / scaling.factor;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalContextLength / high) return frequency;
  if (wavelength > originalContextLength / low) return frequency / factor;
  const smooth = (originalContextLength / wavelength - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}
