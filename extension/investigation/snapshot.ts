import type { Investigation } from '../../src/graph/investigation/types.ts';
import type { AttributionGraph, JsonRecord } from '../../src/graph/types.ts';
import type { LikelyToken, PromptToken, TraceScores } from '../../src/engine/protocol.ts';
import type { Snapshot } from '../../webview/protocol.ts';

/** What a snapshot is made of besides the graph. */
export interface SnapshotParts {
  readonly title: string;
  readonly investigation: Investigation | null;
  readonly graph: AttributionGraph;
  readonly readOnly: boolean;
  readonly hasModel: boolean;
  readonly isTrusted?: boolean;
  readonly notices: readonly string[];
  readonly labelsElsewhere: Readonly<Record<string, string>>;
}

/** All that the panel shows, from what is known here; nothing is computed that needs the model. */
export function makeSnapshot(parts: SnapshotParts): Snapshot {
  return { ...parts, tokens: promptTokens(parts.graph), top: topTokens(parts.graph), scores: scoresOf(parts.graph) };
}

/** The prompt's tokens as the graph's record has them; other tools' graphs know texts alone. */
export function promptTokens({ metadata }: AttributionGraph): PromptToken[] {
  const { tokenIds, tokenOffsets } = metadata.trace ?? {};
  return metadata.promptTokens.map((text, position) => {
    const offsets = tokenOffsets?.[position] ?? null;
    return { id: tokenIds?.[position] ?? -1, text, start: offsets?.start ?? null, end: offsets?.end ?? null };
  });
}

/** The next-token distribution: the record's own, or the logits of the graph. */
export function topTokens({ metadata, nodes }: AttributionGraph): LikelyToken[] {
  const recorded = metadata.trace?.details?.top;
  if (Array.isArray(recorded)) {
    const known = (recorded as readonly unknown[]).flatMap(item => likelyToken(item) ?? []);
    if (known.length > 0) return known;
  }
  return nodes
    .filter(({ kind }) => kind === 'logit')
    .map(({ token, text, probability }) => ({ id: token ?? -1, text: text ?? '', probability: probability ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
}

function likelyToken(value: unknown): LikelyToken | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, text, probability } = value as JsonRecord;
  if (typeof id !== 'number' || typeof text !== 'string' || typeof probability !== 'number') return undefined;
  return { id, text, probability };
}

export function scoresOf({ metadata }: AttributionGraph): TraceScores {
  const { replacementScore, completenessScore, strictCompletenessScore } = metadata.trace ?? {};
  return {
    replacement: replacementScore ?? null,
    completeness: completenessScore ?? null,
    strictCompleteness: strictCompletenessScore ?? null,
  };
}
