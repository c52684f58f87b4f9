import type { EffectMemory } from './effect-memory.ts';
import { sumOfMagnitudes, wholeRow, type EffectRow, type KeptBatch, type KeptRow } from './effect-row.ts';

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

/** What a batch of targets has read, where its reads wrote it: a row is put together when it is asked for. */
export class BatchEffects implements KeptBatch {
  readonly #memory: EffectMemory;
  readonly #nSources: number;
  /** [targets] */
  readonly #positions: ArrayLike<number>;
  readonly #blocks: EffectBlock[] = [];

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

  /** Calls back with the row of each target, when all was added. A node that wrote at many places has the sum. */
  rows(onRow: (target: number, row: EffectRow) => void): void {
    const blocks = this.#blocks.sort((a, b) => a.node - b.node);
    const overlap = blocks.some(({ node }, i) => i > 0 && node < blocks[i - 1].node + blocks[i - 1].count);
    const runs = new BatchRuns(blocks, this.#positions);
    const sums = overlap ? new Float32Array(this.#nSources) : undefined;
    const whole = sums === undefined ? undefined : wholeRow(sums);
    const absoluteSums = sums === undefined ? this.#absoluteSums() : undefined;
    for (let target = 0; target < this.#positions.length; target++) {
      const row = runs.of(target);
      if (sums !== undefined) {
        sumRuns(row, sums);
        onRow(target, whole!);
        continue;
      }
      const keep = (): KeptRow => {
        this.#memory.keep();
        return { runs: () => runs.of(target), batch: this, index: target };
      };
      onRow(target, { ...row, absoluteSum: absoluteSums![target], keep });
    }
  }

  /** [targets]; of all sources, in the order in which effects lie in memory. */
  #absoluteSums(): Float64Array {
    const sums = new Float64Array(this.#positions.length);
    for (const { count, values, first, stride, rows, position } of this.#blocks) {
      for (let target = 0; target < rows; target++) {
        if (position > this.#positions[target]) continue;
        const from = first + target * stride;
        sums[target] += sumOfMagnitudes(values, from, from + count);
      }
    }
    return sums;
  }

  addMagnitudes(factors: Float64Array, sums: Float64Array): void {
    const used = Array.from(factors.keys()).filter(target => factors[target] !== 0);
    for (const { node, count, values, first, stride, rows, position } of this.#blocks) {
      const end = Math.min(node + count, sums.length);
      if (end <= node) continue;
      const targets = used.filter(target => target < rows && position <= this.#positions[target]);
      for (let i = 0; i < targets.length; i += 4) {
        const four = [targets[i], targets[i + 1], targets[i + 2], targets[i + 3]] as const;
        addFour(values, four, { first, stride }, factors, sums.subarray(node, end));
      }
    }
  }
}

/**
 * Adds the magnitudes of four targets' effects, or of those that are not undefined: fetching and storing the sums for each
 * would take as long as adding.
 */
function addFour(
  values: Float32Array,
  [a, b, c, d]: readonly [number, number?, number?, number?],
  { first, stride }: Pick<EffectBlock, 'first' | 'stride'>,
  factors: Float64Array,
  sums: Float64Array,
): void {
  let ofA = first + a * stride;
  let ofB = b === undefined ? ofA : first + b * stride;
  let ofC = c === undefined ? ofA : first + c * stride;
  let ofD = d === undefined ? ofA : first + d * stride;
  const factorA = factors[a];
  const factorB = b === undefined ? 0 : factors[b];
  const factorC = c === undefined ? 0 : factors[c];
  const factorD = d === undefined ? 0 : factors[d];
  for (let i = 0; i < sums.length; i++) {
    sums[i] +=
      Math.abs(values[ofA++]) * factorA +
      Math.abs(values[ofB++]) * factorB +
      Math.abs(values[ofC++]) * factorC +
      Math.abs(values[ofD++]) * factorD;
  }
}

/** The runs of one row after the other, in arrays that are used again. */
class BatchRuns {
  readonly #blocks: readonly EffectBlock[];
  readonly #positions: ArrayLike<number>;
  readonly #nodes: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #values: Float32Array[] = [];

  constructor(blocks: readonly EffectBlock[], positions: ArrayLike<number>) {
    this.#blocks = blocks;
    this.#positions = positions;
    this.#nodes = new Uint32Array(blocks.length);
    this.#lengths = new Uint32Array(blocks.length);
    this.#starts = new Uint32Array(blocks.length);
  }

  of(target: number): EffectRow {
    const [nodes, lengths, starts, values] = [this.#nodes, this.#lengths, this.#starts, this.#values];
    const position = this.#positions[target];
    let count = 0;
    for (const block of this.#blocks) {
      if (block.rows <= target || block.position > position) continue;
      nodes[count] = block.node;
      lengths[count] = block.count;
      starts[count] = block.first + target * block.stride;
      values[count++] = block.values;
    }
    return { count, nodes, lengths, values, starts };
  }
}

function sumRuns({ count, nodes, lengths, values, starts }: EffectRow, sums: Float32Array): void {
  sums.fill(0);
  for (let run = 0; run < count; run++) {
    const effects = values[run];
    const end = nodes[run] + lengths[run];
    let from = starts[run];
    for (let node = nodes[run]; node < end; node++) sums[node] += effects[from++];
  }
}
