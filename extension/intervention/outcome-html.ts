import { escapeHtml, staticPageHtml, type StaticPageParts } from '../investigation/panel-html.ts';
import { shownProbability, shownToken } from '../trace/target-choices.ts';
import type { OutcomeRow } from './outcome.ts';

/** The words of the page, in the editor's language. */
export interface OutcomeWords {
  readonly title: string;
  readonly prompt: string;
  /** What was changed, a line each. */
  readonly changes: readonly string[];
  /** What the numbers are. */
  readonly explanation: string;
  readonly token: string;
  readonly before: string;
  readonly after: string;
  readonly control: string;
}

/** The outcome of an intervention as a page without scripts. Every text is escaped. */
export function outcomeHtml(
  rows: readonly OutcomeRow[],
  { title, prompt, changes, explanation, ...heads }: OutcomeWords,
  page: StaticPageParts,
): string {
  const hasControls = rows.some(({ control }) => control !== undefined);
  const columns = [heads.token, heads.before, heads.after, ...(hasControls ? [heads.control] : [])];
  const body = `<p class="prompt">${escapeHtml(prompt)}</p>
<ul>${changes.map(change => `<li>${escapeHtml(change)}</li>`).join('')}</ul>
<table>
<thead><tr>${columns.map(column => `<th scope="col">${escapeHtml(column)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(row).join('\n')}
</tbody>
</table>
<p class="facts">${escapeHtml(explanation)}</p>`;
  return staticPageHtml(title, body, page);
}

function row({ text, before, after, control }: OutcomeRow): string {
  const random =
    control === undefined
      ? ''
      : cell(
          control.mean,
          `${shownProbability(control.mean)} (${shownProbability(control.least)} – ${shownProbability(control.most)})`,
        );
  return `<tr><th scope="row">${escapeHtml(shownToken(text))}</th>${cell(before)}${cell(after)}${random}</tr>`;
}

function cell(probability: number, text = shownProbability(probability)): string {
  return `<td><meter min="0" max="1" value="${probability}"></meter> ${escapeHtml(text)}</td>`;
}
