import type { EffectMemory } from './effect-memory.ts';
import { sumOfMagnitudes, WholeRow, type EffectRow, type RowBatch } from './effect-row.ts';
import type { CutRow, EffectRuns } from './effect-runs.ts';
import type { KeptColumns } from './kept-columns.ts';

/** Effects of neighbouring sources on the first targets of a batch: of target r from `first` + r * `stride` on. */
interface EffectBlock {
  readonly node: number;
  readonly count: number;
  readonly values: Float32Array;
  readonly first: number;
  readonly stride: number;
  readonly rows: number;
  /** Where the sources write: they have no effect on targets at earlier positions. */
  readonly position: number;
}

/**
 * What a batch of targets has read, where its reads wrote it: a row is put together when it is asked for. What is wanted of
 * all rows (sums, entries of some sources) is found for all at once, block by block, in the order of memory.
 */
export class BatchEffects implements RowBatch {
  readonly #memory: EffectMemory;
  readonly #nSources: number;
  /** [targets] */
  readonly #positions: ArrayLike<number>;
  readonly #blocks: EffectBlock[] = [];
  readonly #nodes: number[] = [];
  readonly #lengths: number[] = [];
  readonly #starts: number[] = [];
  readonly #values: Float32Array[] = [];
  #absoluteSums: Float64Array | undefined;
  #picked: { readonly columns: KeptColumns; readonly rows: readonly CutRow[] } | undefined;

  constructor(memory: EffectMemory, nSources: number, positions: ArrayLike<number>) {
    this.#memory = memory;
    this.#nSources = nSources;
    this.#positions = positions;
  }

  get nTargets(): number {
    return this.#positions.length;
  }

  add(block: EffectBlock): void {
    this.#blocks.push(block);
  }

  keep(): void {
    this.#memory.keep();
  }

  /** Calls back with the row of each target, when all was added. A node that wrote at many places has the sum. */
  rows(onRow: (target: number, row: EffectRow) => void): void {
    const blocks = this.#blocks.sort((a, b) => a.node - b.node);
    const overlap = blocks.some(({ node }, i) => i > 0 && node < blocks[i - 1].node + blocks[i - 1].count);
    const sums = overlap ? new Float32Array(this.#nSources) : undefined;
    for (let target = 0; target < this.nTargets; target++) {
      if (sums === undefined) {
        onRow(target, new BatchRow(this, target));
        continue;
      }
      sumRuns(this.runsOf(target), sums);
      onRow(target, new WholeRow(sums));
    }
  }

  /** In arrays that are used again for the next row. */
  runsOf(target: number): EffectRuns {
    const [nodes, lengths, starts, values] = [this.#nodes, this.#lengths, this.#starts, this.#values];
    let count = 0;
    for (const block of this.#blocks) {
      if (!this.#reaches(block, target)) continue;
      nodes[count] = block.node;
      lengths[count] = block.count;
      starts[count] = block.first + target * block.stride;
      values[count++] = block.values;
    }
    return { count, nodes, lengths, values, starts };
  }

  absoluteSumOf(target: number): number {
    return (this.#absoluteSums ??= this.#findSums())[target];
  }

  pick(columns: KeptColumns, target: number): CutRow {
    if (this.#picked?.columns !== columns) this.#picked = { columns, rows: this.#pickAll(columns) };
    return this.#picked.rows[target];
  }

  addMagnitudes(factors: Float64Array, sums: Float64Array): void {
    // A target that is none, at the end.
    const reached = new Uint32Array(this.nTargets + 4);
    const withNone = new Float64Array(this.nTargets + 1);
    withNone.set(factors);
    for (const block of this.#blocks) {
      const end = Math.min(block.node + block.count, sums.length);
      if (end <= block.node) continue;
      let count = 0;
      for (let target = 0; target < block.rows; target++) {
        if (factors[target] !== 0 && this.#reaches(block, target)) reached[count++] = target;
      }
      reached.fill(this.nTargets, count, count + 4);
      for (let i = 0; i < count; i += 4) addFour(block, reached.subarray(i, i + 4), withNone, sums, end);
    }
  }

  #reaches({ rows, position }: EffectBlock, target: number): boolean {
    return target < rows && position <= this.#positions[target];
  }

  #findSums(): Float64Array {
    const sums = new Float64Array(this.nTargets);
    for (const block of this.#blocks) {
      for (let target = 0; target < block.rows; target++) {
        if (this.#reaches(block, target)) sums[target] += sumOfBlock(block, target);
      }
    }
    return sums;
  }

  #pickAll(columns: KeptColumns): CutRow[] {
    const known = this.#absoluteSums;
    const sums = known ?? new Float64Array(this.nTargets);
    const counts = new Uint32Array(this.nTargets);
    const width = columns.nodes.length;
    const { sources, weights } = columns.roomFor(this.nTargets);
    for (const block of this.#blocks) {
      const { node, count, values, first, stride } = block;
      const from = columns.before[node];
      const to = columns.before[node + count];
      for (let target = 0; target < block.rows; target++) {
        if (!this.#reaches(block, target)) continue;
        if (known === undefined) sums[target] += sumOfBlock(block, target);
        const start = first + target * stride - node;
        let next = target * width + counts[target];
        for (let column = from; column < to; column++) {
          const weight = values[start + columns.nodes[column]];
          if (weight === 0) continue;
          sources[next] = column;
          weights[next++] = weight;
        }
        counts[target] = next - target * width;
      }
    }
    this.#absoluteSums = sums;
    return Array.from(counts, (count, target) => {
      const [start, end] = [target * width, target * width + count];
      return { sources: sources.slice(start, end), weights: weights.slice(start, end), absoluteSum: sums[target] };
    });
  }
}

class BatchRow implements EffectRow {
  readonly #batch: BatchEffects;
  readonly #target: number;

  constructor(batch: BatchEffects, target: number) {
    this.#batch = batch;
    this.#target = target;
  }

  get absoluteSum(): number {
    return this.#batch.absoluteSumOf(this.#target);
  }

  get place(): { batch: BatchEffects; target: number } {
    return { batch: this.#batch, target: this.#target };
  }

  runs(): EffectRuns {
    return this.#batch.runsOf(this.#target);
  }

  pick(columns: KeptColumns): CutRow {
    return this.#batch.pick(columns, this.#target);
  }
}

function sumOfBlock({ values, first, stride, count }: EffectBlock, target: number): number {
  const start = first + target * stride;
  return sumOfMagnitudes(values, start, start + count);
}

/**
 * Adds the magnitudes of four targets' effects on the sources before `end`: fetching and storing the sums for each would take as
 * long as adding. A target beyond the block's rows has no factor.
 */
function addFour(
  { node, values, first, stride, rows }: EffectBlock,
  targets: Uint32Array,
  factors: Float64Array,
  sums: Float64Array,
  end: number,
): void {
  let ofA = first + targets[0] * stride;
  let ofB = first + (targets[1] < rows ? targets[1] : 0) * stride;
  let ofC = first + (targets[2] < rows ? targets[2] : 0) * stride;
  let ofD = first + (targets[3] < rows ? targets[3] : 0) * stride;
  const factorA = factors[targets[0]];
  const factorB = factors[targets[1]];
  const factorC = factors[targets[2]];
  const factorD = factors[targets[3]];
  for (let source = node; source < end; source++) {
    sums[source] +=
      Math.abs(values[ofA++]) * factorA +
      Math.abs(values[ofB++]) * factorB +
      Math.abs(values[ofC++]) * factorC +
      Math.abs(values[ofD++]) * factorD;
  }
}

/** Fills `sums` with the effects of nodes that wrote at several positions too. */
function sumRuns({ count, nodes, lengths, values, starts }: EffectRuns, sums: Float32Array): void {
  sums.fill(0);
  for (let run = 0; run < count; run++) {
    for (let i = 0; i < lengths[run]; i++) sums[nodes[run] + i] += values[run][starts[run] + i];
  }
}
