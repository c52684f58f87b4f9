/**
 * The direct effects between the nodes of a graph, [N, N] as compressed sparse rows. Row = target, column = source:
 * entry (t, s) is what source s contributes to the pre-activation (or logit) of target t.
 */
export interface SparseMatrix {
  /** N. */
  readonly size: number;
  /** [N + 1]; row t holds the entries rowStart[t] to rowStart[t + 1] - 1. */
  readonly rowStart: Uint32Array;
  /** [entries], ascending within a row. */
  readonly sources: Uint32Array;
  /** [entries] */
  readonly weights: Float32Array;
}

/**
 * Collects entries in any order, as the waves of attribution deliver them, and sorts them into rows at the end.
 * Entries with |weight| <= threshold are left out; what that costs each row is kept in `droppedMass`.
 */
export class SparseMatrixBuilder {
  readonly size: number;
  readonly threshold: number;
  /** [N]; sum of the absolute weights that the threshold left out of each row. */
  readonly droppedMass: Float64Array;
  #count = 0;
  #targets = new Uint32Array(1024);
  #sources = new Uint32Array(1024);
  #weights = new Float32Array(1024);

  /** `size` N is the number of nodes; `threshold` 0 leaves out nothing but exact zeros. */
  constructor(size: number, threshold = 0) {
    this.size = size;
    this.threshold = threshold;
    this.droppedMass = new Float64Array(size);
  }

  /** Adds one entry. The caller adds each (target, source) once. */
  add(target: number, source: number, weight: number): void {
    if (!(target >= 0 && target < this.size && source >= 0 && source < this.size)) {
      throw new RangeError(`entry (${target}, ${source}) lies outside a matrix of ${this.size} nodes`);
    }
    const magnitude = Math.abs(weight);
    if (magnitude <= this.threshold) {
      this.droppedMass[target] += magnitude;
      return;
    }
    if (this.#count === this.#targets.length) this.#grow();
    this.#targets[this.#count] = target;
    this.#sources[this.#count] = source;
    this.#weights[this.#count++] = weight;
  }

  /** Adds the effects of the consecutive sources firstSource, firstSource + 1, ... on one target. */
  addRun(target: number, firstSource: number, weights: ArrayLike<number>): void {
    for (let i = 0; i < weights.length; i++) this.add(target, firstSource + i, weights[i]);
  }

  /** The matrix of what was added so far. */
  build(): SparseMatrix {
    const count = this.#count;
    // Two stable counting sorts, by source and then by target, leave each row in the order of its sources.
    const bySource = countingSort(this.#sources, count, this.size).order;
    const { order, start } = countingSort(this.#targets, count, this.size, bySource);
    const sources = new Uint32Array(count);
    const weights = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      sources[i] = this.#sources[order[i]];
      weights[i] = this.#weights[order[i]];
    }
    return { size: this.size, rowStart: start, sources, weights };
  }

  #grow(): void {
    const doubled = <T extends Uint32Array | Float32Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    const length = 2 * this.#count;
    this.#targets = doubled(this.#targets, new Uint32Array(length));
    this.#sources = doubled(this.#sources, new Uint32Array(length));
    this.#weights = doubled(this.#weights, new Float32Array(length));
  }
}

/** The order of the first `count` keys (each < size), stable against `previous`, and where each key's run starts. */
function countingSort(
  keys: Uint32Array,
  count: number,
  size: number,
  previous?: Uint32Array,
): { order: Uint32Array; start: Uint32Array } {
  const start = new Uint32Array(size + 1);
  for (let i = 0; i < count; i++) start[keys[i] + 1]++;
  for (let key = 0; key < size; key++) start[key + 1] += start[key];
  const next = start.slice(0, size);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const entry = previous === undefined ? i : previous[i];
    order[next[keys[entry]]++] = entry;
  }
  return { order, start };
}

/** A dense row-major [size, size] matrix as sparse rows; |weight| <= threshold is left out. */
export function fromDense(dense: ArrayLike<number>, size: number, threshold = 0): SparseMatrix {
  const builder = new SparseMatrixBuilder(size, threshold);
  for (let entry = 0; entry < size * size; entry++) {
    builder.add(Math.floor(entry / size), entry % size, dense[entry]);
  }
  return builder.build();
}

/** [size, size], row-major: 4 size^2 bytes, so only on request. */
export function toDense(matrix: SparseMatrix): Float32Array {
  const dense = new Float32Array(matrix.size * matrix.size);
  for (let target = 0; target < matrix.size; target++) {
    for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
      dense[target * matrix.size + matrix.sources[entry]] = matrix.weights[entry];
    }
  }
  return dense;
}

/** The part of a graph among some of its nodes. */
export interface Restriction {
  readonly matrix: SparseMatrix;
  /** [matrix.size]; the number that each node has in the whole graph. */
  readonly nodes: Uint32Array;
  /** [entries of matrix]; the number that each entry has in the whole graph. */
  readonly entries: Uint32Array;
}

/** The rows and columns of the nodes with kept[node] != 0, in their order. kept: [N] */
export function restrict({ size, rowStart, sources, weights }: SparseMatrix, kept: Uint8Array): Restriction {
  const place = new Uint32Array(size);
  let count = 0;
  for (let node = 0; node < size; node++) if (kept[node] !== 0) place[node] = count++;
  const nodes = new Uint32Array(count);
  const starts = new Uint32Array(count + 1);
  let entryCount = 0;
  for (let node = 0; node < size; node++) {
    if (kept[node] === 0) continue;
    nodes[place[node]] = node;
    for (let entry = rowStart[node]; entry < rowStart[node + 1]; entry++) if (kept[sources[entry]] !== 0) entryCount++;
    starts[place[node] + 1] = entryCount;
  }
  const entries = new Uint32Array(entryCount);
  const columns = new Uint32Array(entryCount);
  const values = new Float32Array(entryCount);
  let next = 0;
  for (const node of nodes) {
    for (let entry = rowStart[node]; entry < rowStart[node + 1]; entry++) {
      const source = sources[entry];
      if (kept[source] === 0) continue;
      entries[next] = entry;
      columns[next] = place[source];
      values[next++] = weights[entry];
    }
  }
  return { matrix: { size: count, rowStart: starts, sources: columns, weights: values }, nodes, entries };
}
