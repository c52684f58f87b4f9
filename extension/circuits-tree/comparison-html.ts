import type { ComparedFeature, ComparedRow, Comparison } from '../../src/graph/compare.ts';
import { l10n } from '../common/texts.ts';
import { escapeHtml, staticPageHtml, type StaticPageParts } from '../investigation/panel-html.ts';

/** What is compared, for the head of the table. */
export interface ComparedTitle {
  readonly file: string;
  readonly prompt: string;
}

/**
 * A comparison as a page without scripts: shared features first, then those of one side, the two sides beside each other.
 * Every text is escaped.
 */
export function comparisonHtml(
  comparison: Comparison,
  [left, right]: readonly [ComparedTitle, ComparedTitle],
  page: StaticPageParts,
): string {
  const { shared, onlyLeft, onlyRight, overlap, isSameDictionary } = comparison;
  const counts = [shared.length, onlyLeft.length, onlyRight.length];
  const summary = Number.isNaN(overlap)
    ? l10n.t('{0} shared features, {1} on the left alone, {2} on the right alone.', ...counts)
    : l10n.t(
        '{0} shared features ({3} % of all), {1} on the left alone, {2} on the right alone.',
        ...counts,
        Math.round(100 * overlap),
      );
  const warning = isSameDictionary
    ? ''
    : `<p class="warning" role="alert">${escapeHtml(l10n.t('The dictionaries differ: features of equal numbers are not the same features.'))}</p>`;
  const body = `${warning}
<p>${escapeHtml(summary)}</p>
<table>
<thead><tr><th scope="col">${escapeHtml(l10n.t('Feature'))}</th>${[left, right].map(heading).join('')}</tr></thead>
${section(l10n.t('Shared'), shared)}
${section(l10n.t('Only in {0}', left.file), onlyLeft)}
${section(l10n.t('Only in {0}', right.file), onlyRight)}
</table>`;
  return staticPageHtml(l10n.t('Compare Investigations'), body, page);
}

function heading({ file, prompt }: ComparedTitle): string {
  return `<th scope="col">${escapeHtml(file)}<br><span class="prompt">${escapeHtml(prompt)}</span></th>`;
}

function section(title: string, rows: readonly ComparedRow[]): string {
  if (rows.length === 0) return '';
  const lines = [...rows].sort((a, b) => strength(a) - strength(b)).map(row);
  return `<tbody><tr><th colspan="3" scope="rowgroup">${escapeHtml(title)} (${rows.length})</th></tr>
${lines.join('\n')}
</tbody>`;
}

function strength({ left, right }: ComparedRow): number {
  return Math.min(left?.influence ?? Infinity, right?.influence ?? Infinity);
}

function row({ layer, feature, left, right }: ComparedRow): string {
  return `<tr><th scope="row">${layer}/${feature}</th>${cell(left)}${cell(right)}</tr>`;
}

function cell(side: ComparedFeature | undefined): string {
  if (side === undefined) return '<td class="absent">–</td>';
  const { name, tokens, activation, influence, isPinned, groups } = side;
  const facts = [
    l10n.t('at {0}', [...new Set(tokens)].join(', ')),
    activation === undefined ? '' : l10n.t('activation {0}', activation.toPrecision(3)),
    influence === undefined ? '' : l10n.t('influence {0}', influence.toFixed(2)),
    isPinned ? l10n.t('pinned') : '',
    ...groups.map(group => l10n.t('in “{0}”', group)),
  ].filter(Boolean);
  return `<td>${escapeHtml(name)}<br><span class="facts">${escapeHtml(facts.join(' · '))}</span></td>`;
}
