import type { RopeScaling, TransformerShape } from './shape.ts';

/** What attention needs to know of positions, fed on each run because it depends on the prompt's length. */
export interface PositionTables {
  /** [tokens, headDim] cosine and sine of the rotary angles, both halves alike. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** [tokens, tokens] added to the scores: 0 where a query may look, -1e9 after it. */
  readonly mask: Float32Array;
}

/** Masked scores: far below any score, and finite so that no NaN arises. */
const MASKED = -1e9;

export function positionTables(shape: TransformerShape, nTokens: number): PositionTables {
  const { headDim } = shape;
  const frequencies = rotaryFrequencies(headDim, shape.ropeTheta, shape.ropeScaling);
  const cos = new Float32Array(nTokens * headDim);
  const sin = new Float32Array(nTokens * headDim);
  for (let position = 0; position < nTokens; position++) {
    for (let i = 0; i < headDim; i++) {
      const angle = position * frequencies[i % (headDim / 2)];
      cos[position * headDim + i] = Math.cos(angle);
      sin[position * headDim + i] = Math.sin(angle);
    }
  }
  const mask = new Float32Array(nTokens * nTokens);
  for (let query = 0; query < nTokens; query++) mask.fill(MASKED, query * nTokens + query + 1, (query + 1) * nTokens);
  return { cos, sin, mask };
}

/**
 * Radians a position for each pair of coordinates: theta^(-2i/headDim) (Su et al. 2021, eq. 15). "llama3" keeps high
 * frequencies, divides low ones by the factor and blends between (transformers, _compute_llama3_parameters).
 */
export function rotaryFrequencies(headDim: number, theta: number, scaling?: RopeScaling): Float64Array {
  const frequencies = new Float64Array(headDim / 2);
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = scaleFrequency(theta ** ((-2 * i) / headDim), scaling);
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
