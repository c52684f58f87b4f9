import { CircuitError } from '../errors.ts';
import type { Dictionary } from '../dictionary/index.ts';
import { tensor, type Tensors } from '../onnx/index.ts';
import type { Edit } from './edit.ts';
import { editInputName } from './edit-inputs.ts';

/** Norms square what they read: larger numbers would overflow float32 there and come out as silent zeros. */
const LARGEST_VALUE = 1e12;

/**
 * The edits of a batch as the tensors that `declareEdits` declares: row b of the batch gets edits[b]. Activations at
 * the first `zeroedPositions` positions count as 0 (the method's rule). Errors: `usage` naming the edit and the bound.
 */
export function editFeeds(
  dictionary: Dictionary,
  edits: readonly (readonly Edit[])[],
  nTokens: number,
  zeroedPositions: number,
): Tensors {
  const layers = dictionary.layers.map(() => new LayerEdits());
  edits.forEach((ofRow, row) => {
    for (const edit of ofRow) {
      checkEdit(dictionary, edit, nTokens);
      const { position } = edit;
      const [first, last] = typeof position === 'number' ? [position, position] : [position.from, nTokens - 1];
      for (let at = first; at <= last; at++) layers[edit.layer].set(row, at, edit, at >= zeroedPositions);
    }
  });
  return Object.assign({}, ...layers.map((layer, index) => layer.tensors(index))) as Tensors;
}

interface PlacedEdit {
  readonly site: number;
  readonly feature: number;
  /** The new activation is factor * activation + value. */
  readonly factor: number;
  readonly value: number;
  readonly live: boolean;
}

/** The edits of one layer; a site is a (row, position) that has any. */
class LayerEdits {
  readonly #sites = new Map<string, number>();
  readonly #points: number[] = [];
  readonly #edits = new Map<string, PlacedEdit>();

  set(row: number, position: number, { feature, value }: Edit, live: boolean): void {
    const place = `${row},${position}`;
    let site = this.#sites.get(place);
    if (site === undefined) {
      this.#sites.set(place, (site = this.#sites.size));
      this.#points.push(row, position);
    }
    const [factor, offset] = 'multiple' in value ? [value.multiple, 0] : [0, value.absolute];
    this.#edits.set(`${site},${feature}`, { site, feature, factor, value: offset, live });
  }

  tensors(layer: number): Tensors {
    // ONNX Runtime 1.30's TopK ends the process (SIGFPE) on no rows: a layer without edits gets one that changes nothing.
    if (this.#edits.size === 0) this.set(0, 0, { layer, feature: 0, position: 0, value: { multiple: 1 } }, false);
    const edits = [...this.#edits.values()];
    const integers = (pick: (edit: PlacedEdit) => number) =>
      tensor(
        BigInt64Array.from(edits, edit => BigInt(pick(edit))),
        [edits.length],
      );
    const floats = (pick: (edit: PlacedEdit) => number) => tensor(Float32Array.from(edits, pick), [edits.length]);
    return {
      [editInputName('points', layer)]: tensor(BigInt64Array.from(this.#points, BigInt), [this.#sites.size, 2]),
      [editInputName('site', layer)]: integers(edit => edit.site),
      [editInputName('feature', layer)]: integers(edit => edit.feature),
      [editInputName('factor', layer)]: floats(edit => edit.factor),
      [editInputName('value', layer)]: floats(edit => edit.value),
      [editInputName('live', layer)]: floats(edit => Number(edit.live)),
    };
  }
}

function checkEdit(dictionary: Dictionary, { layer, feature, position, value }: Edit, nTokens: number): void {
  requireIndex('layer', layer, dictionary.nLayers, `${dictionary.dir} has`);
  requireIndex('feature', feature, dictionary.layers[layer].nFeatures, `layer ${layer} of ${dictionary.dir} has`);
  requireIndex('position', typeof position === 'number' ? position : position.from, nTokens, 'the prompt has');
  const number = 'multiple' in value ? value.multiple : value.absolute;
  if (!(Math.abs(number) <= LARGEST_VALUE)) {
    throw new CircuitError(
      'usage',
      `An edit sets feature ${feature} of layer ${layer} to ${number}.`,
      `Give an activation or multiple of at most ${LARGEST_VALUE}.`,
    );
  }
}

function requireIndex(what: string, index: number, count: number, owner: string): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new CircuitError(
    'usage',
    `An edit names ${what} ${index} but ${owner} ${count} ${what}${count === 1 ? '' : 's'}.`,
    `Count ${what}s from 0 to ${count - 1}.`,
  );
}
