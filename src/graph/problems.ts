/** Something about a file that was mended or left out while reading it. */
export interface GraphProblem {
  readonly code: ProblemCode;
  readonly message: string;
  /** How often it occurs, and the first few cases. */
  readonly count: number;
  readonly examples: readonly string[];
}

export type ProblemCode = keyof typeof MESSAGES;

const MESSAGES = {
  'cut-off': 'the file is damaged; what comes before the damage was read',
  'duplicate-id': 'nodes share an id; all but the first got another one',
  'ambiguous-link': 'links name an id that several nodes share, and nothing tells which is meant; the first was taken',
  'dangling-link': 'links name a node that is not there; left out',
  'link-weight': 'links have no finite float32 as weight; left out',
  'node-field': 'nodes have a field of the wrong type or a value that cannot be; a default was taken',
  'node-id': 'nodes have no id; left out',
  'not-finite': 'numbers are NaN or infinite, which JSON does not have; read as null',
  'pinned-id': 'pinned ids name a node that is not there; left out',
  'supernode-member': 'supernodes name a node that is not there; left out',
  supernode: 'supernodes have no label or no members; left out',
  label: 'labels name a feature that is not there, or are not text; left out',
  metadata: 'fields of the metadata are missing or of the wrong type; a default was taken',
} as const;

const EXAMPLES_KEPT = 5;
const LONGEST_EXAMPLE = 80;

/** Counts problems by code. */
export class Problems {
  readonly #found = new Map<ProblemCode, { count: number; examples: string[] }>();

  add(code: ProblemCode, example: string, count = 1): void {
    const entry = this.#found.get(code) ?? { count: 0, examples: [] };
    entry.count += count;
    if (entry.examples.length < EXAMPLES_KEPT) entry.examples.push(example.slice(0, LONGEST_EXAMPLE));
    this.#found.set(code, entry);
  }

  list(): GraphProblem[] {
    return [...this.#found].map(([code, entry]) => ({ code, message: MESSAGES[code], ...entry }));
  }
}
