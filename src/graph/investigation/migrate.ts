import { CircuitError } from '../../errors.ts';
import { fieldsOf, isFields, listOf, textOf, type JsonFields } from '../json-fields.ts';
import { INVESTIGATION_VERSION } from './types.ts';

/**
 * Steps from one version of the file to the next, in order: `STEPS[n]` takes version n to n + 1. A step works on what
 * JSON.parse gave, so it must take anything; what it cannot read is left for the schema to name.
 *
 * - 0 to 1: a viewer's state with a prompt, as graph files carry it: `pinnedIds`, `supernodes` as `[name, id, ...]`,
 *   `clerps` as `[["layer_feature", label], ...]`, the thresholds beside them. Supernodes get ids, settings a field.
 */
const STEPS: readonly ((file: JsonFields) => JsonFields)[] = [fromViewerState];

export interface Migrated {
  /** Of the current version. */
  readonly file: JsonFields;
  /** The version that the file had. */
  readonly from: number;
}

/** Brings a parsed file to the current version. Errors: `file-damaged` without a version, `file-unsupported` for a newer one. */
export function migrate(value: unknown, name: string): Migrated {
  const version = isFields(value) ? value.version : undefined;
  if (!isFields(value) || typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) {
    throw new CircuitError(
      'file-damaged',
      `${name}: version is missing or no whole number; this is not an investigation.`,
      'Open it as text to see what it holds.',
    );
  }
  if (version > INVESTIGATION_VERSION) {
    throw new CircuitError(
      'file-unsupported',
      `${name} has version ${version} of the investigation's format; this program reads up to ${INVESTIGATION_VERSION}.`,
      'Update Circuit Explorer. The file was not changed.',
    );
  }
  const steps = STEPS.slice(version);
  return { file: steps.reduce<JsonFields>((file, step) => step(file), value), from: version };
}

function fromViewerState(file: JsonFields): JsonFields {
  const { pinnedIds, supernodes, clerps, nodeThreshold, edgeThreshold, ...rest } = file;
  const pins = typeof pinnedIds === 'string' ? pinnedIds.split(',').filter(id => id !== '') : pinnedIds;
  return {
    ...rest,
    version: 1,
    settings: { nodeThreshold: nodeThreshold ?? 0.8, edgeThreshold: edgeThreshold ?? 0.98, ...fieldsOf(rest.settings) },
    pinned: pins ?? [],
    supernodes: (listOf(supernodes) ?? []).map((item, i) => {
      const [label, ...members] = listOf(item) ?? [];
      return { id: `group-${i + 1}`, name: label, members };
    }),
    annotations: (listOf(clerps) ?? []).map(pair => {
      const [key, label] = listOf(pair) ?? [];
      const [layer, feature] = (textOf(key) ?? '').split('_').map(Number);
      return { layer, feature, label };
    }),
  };
}
