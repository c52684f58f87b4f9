import { FREE_CANDIDATES } from '../attribution/budget.ts';
import {
  BATCH_COPIES,
  batchValues,
  castBytes,
  EDGE_BYTES,
  FLOAT,
  PROGRAM_BYTES,
  SESSION_BYTES,
  STORED_ENTRIES,
  type MemoryEstimate,
  type ModelSize,
} from './memory-estimate.ts';

/** Of a neuron: its activation, shares of what it reads, place in the list, and the copies of a forward pass. */
const NEURON_BYTES = 48;
/** Effects of a batch of targets (src/attribution/wave-plan.ts), and the batch before. */
const BATCH_EFFECTS = 2 ** 25;
const BATCH_ROWS = 64;
const BATCHES = 2;
/** Of all neurons those that hold .8 of a row's sum: 9 % on SmolLM2. */
const STRONG = 0.12;

/**
 * Estimates the memory of a trace of `tokens` positions in the basis of the model's neurons, all of which count as
 * active, with at most `maxNeurons` as nodes. An upper estimate.
 */
export function estimateNeuronMemory(model: ModelSize, tokens: number, maxNeurons: number): MemoryEstimate {
  const { nLayers, dModel, dMlp, nHeads } = model.config;
  const nActive = nLayers * tokens * dMlp;
  const rows = Math.min(nActive, Math.max(FREE_CANDIDATES, maxNeurons));
  const atOnce = Math.min(rows, Math.max(BATCH_ROWS, BATCH_EFFECTS / nActive));
  const parts = {
    program: PROGRAM_BYTES + nLayers * SESSION_BYTES,
    'forward pass': nLayers * (nHeads * tokens ** 2 + 4 * tokens * dModel) * FLOAT,
    neurons: nActive * NEURON_BYTES,
    'waves of targets':
      BATCH_COPIES * FLOAT * batchValues(rows, tokens * dModel) +
      BATCHES * FLOAT * atOnce * (nActive + 3 * tokens * dMlp),
    'edges before pruning': Math.min(STORED_ENTRIES, STRONG * rows * nActive) * EDGE_BYTES,
    'casts of 16-bit weights': model.narrow ? castBytes(model.config) : 0,
  };
  return {
    tokens,
    active_per_layer: dMlp,
    active_features: nActive,
    mapped: model.totalBytes,
    parts,
    private: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0),
  };
}
