import { changeAnnotation } from './annotate.ts';
import { colourGroup, group, renameGroup, ungroup } from './group.ts';
import { rounded, sortedUnique, withoutUndefined } from './order.ts';
import { LIMITS } from './schema.ts';
import type { Investigation, InvestigationEdit } from './types.ts';

/**
 * The investigation after one change that a person made. Pure; gives the very same object if nothing changes. What must
 * hold in every investigation (`mend`) holds in the result if it held before.
 */
export function applyEdit(investigation: Investigation, edit: InvestigationEdit): Investigation {
  switch (edit.kind) {
    case 'pin':
      return withPinned(investigation, sortedUnique([...investigation.pinned, ...edit.nodes]));
    case 'unpin': {
      const unpinned = new Set(edit.nodes);
      return withPinned(
        investigation,
        investigation.pinned.filter(node => !unpinned.has(node)),
      );
    }
    case 'group':
      return group(investigation, edit);
    case 'ungroup':
      return ungroup(investigation, edit.nodes);
    case 'rename-group':
      return renameGroup(investigation, edit.id, edit.name);
    case 'colour-group':
      return colourGroup(investigation, edit.id, edit.colour);
    case 'annotate':
      return changeAnnotation(investigation, edit.layer, edit.feature, edit.change);
    case 'notes':
      return withNotes(investigation, edit.text);
    case 'thresholds':
      return withThresholds(investigation, edit.nodeThreshold, edit.edgeThreshold);
  }
}

function withPinned(investigation: Investigation, pinned: readonly string[]): Investigation {
  return pinned.length === investigation.pinned.length ? investigation : { ...investigation, pinned };
}

function withNotes(investigation: Investigation, text: string): Investigation {
  const notes = text.trim().slice(0, LIMITS.notes);
  if (notes === (investigation.notes ?? '')) return investigation;
  return withoutUndefined({ ...investigation, notes: notes === '' ? undefined : notes });
}

function withThresholds(investigation: Investigation, node: number, edge: number): Investigation {
  const { settings } = investigation;
  const [nodeThreshold, edgeThreshold] = [asShare(node, settings.nodeThreshold), asShare(edge, settings.edgeThreshold)];
  if (nodeThreshold === settings.nodeThreshold && edgeThreshold === settings.edgeThreshold) return investigation;
  return { ...investigation, settings: { ...settings, nodeThreshold, edgeThreshold } };
}

function asShare(value: number, otherwise: number): number {
  return Number.isFinite(value) ? rounded(Math.min(1, Math.max(0, value))) : otherwise;
}
