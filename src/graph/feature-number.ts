/** How files number features: one integer for (layer, index). */

/** Cantor's pairing (layer + index)(layer + index + 1) / 2 + index: schema 1, circuit-tracer and Neuronpedia. */
export function cantorNumber(layer: number, index: number): number {
  return ((layer + index) * (layer + index + 1)) / 2 + index;
}

/** The pair that `cantorNumber` maps to `value`, or undefined if `value` is no such number. */
export function cantorPair(value: number): { layer: number; index: number } | undefined {
  if (!Number.isSafeInteger(value) || value < 0) return undefined;
  let diagonal = Math.floor((Math.sqrt(8 * value + 1) - 1) / 2);
  // The square root of a large number is off by a rounding; the diagonal is the last one that starts at or below value.
  while ((diagonal * (diagonal + 1)) / 2 > value) diagonal--;
  while (((diagonal + 1) * (diagonal + 2)) / 2 <= value) diagonal++;
  const index = value - (diagonal * (diagonal + 1)) / 2;
  return { layer: diagonal - index, index };
}

/** Schema 0 reserves five decimal digits for the index. */
const SCHEMA_0_FACTOR = 100_000;

/**
 * The dictionary index of a feature that a file puts at `layer` with the number `value` and the id `id`. Files disagree
 * on the numbering whatever schema they claim, so a numbering counts only if it gives back the layer, and the id
 * `layer_index_position` decides between those that do; without its word the claimed schema does. A number that fits
 * no numbering is the index itself. Undefined if neither number nor id says anything.
 */
export function featureIndex(value: number, layer: number, id: string, schemaVersion: number): number | undefined {
  const named = indexInId(id, layer);
  if (!Number.isSafeInteger(value) || value < 0) return named;
  const pair = cantorPair(value);
  const cantor = pair?.layer === layer ? pair.index : undefined;
  const decimal = Math.floor(value / SCHEMA_0_FACTOR) === layer ? value % SCHEMA_0_FACTOR : undefined;
  // With its layer in front the number cannot be a plain index, even if the id repeats it.
  if (schemaVersion === 0 && layer > 0 && decimal !== undefined) return decimal;
  if (named !== undefined && [cantor, decimal, value].includes(named)) return named;
  return (schemaVersion === 0 ? (decimal ?? cantor) : (cantor ?? decimal)) ?? named ?? value;
}

/** `layer_index_position`, as circuit-tracer names features. */
function indexInId(id: string, layer: number): number | undefined {
  const parts = /^(\d{1,9})_(\d{1,15})_(\d{1,9})$/.exec(id);
  return parts !== null && Number(parts[1]) === layer ? Number(parts[2]) : undefined;
}
