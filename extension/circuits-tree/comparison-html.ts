import type { ComparedFeature, ComparedRow, Comparison } from '../../src/graph/compare.ts';
import { escapeHtml } from '../investigation/panel-html.ts';

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
  { style, cspSource }: { readonly style: string; readonly cspSource: string },
): string {
  const { shared, onlyLeft, onlyRight, overlap, isSameDictionary } = comparison;
  const share = Number.isNaN(overlap) ? '' : ` (${Math.round(100 * overlap)} % of all)`;
  const warning = isSameDictionary
    ? ''
    : '<p class="warning" role="alert">The dictionaries differ: features of equal numbers are not the same features.</p>';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${escapeHtml(cspSource)}">
<link rel="stylesheet" href="${escapeHtml(style)}">
<title>Compare Investigations</title>
</head>
<body>
<h1>Compare Investigations</h1>
${warning}
<p>${shared.length} shared features${share}, ${onlyLeft.length} on the left alone, ${onlyRight.length} on the right alone.</p>
<table>
<thead><tr><th scope="col">Feature</th>${[left, right].map(heading).join('')}</tr></thead>
${section('Shared', shared)}
${section(`Only in ${left.file}`, onlyLeft)}
${section(`Only in ${right.file}`, onlyRight)}
</table>
</body>
</html>
`;
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
    `at ${[...new Set(tokens)].join(', ')}`,
    activation === undefined ? '' : `activation ${activation.toPrecision(3)}`,
    influence === undefined ? '' : `influence ${influence.toFixed(2)}`,
    isPinned ? 'pinned' : '',
    ...groups.map(group => `in “${group}”`),
  ].filter(Boolean);
  return `<td>${escapeHtml(name)}<br><span class="facts">${escapeHtml(facts.join(' · '))}</span></td>`;
}
