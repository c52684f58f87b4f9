import type cytoscape from 'cytoscape';
import type { StylesheetJson } from 'cytoscape';
import { ANNOTATION_COLOURS } from '../../src/graph/investigation/types.ts';
import { blend, hexColour, parseColour } from '../model/colour.ts';
import type { Palette } from '../model/palette.ts';
import { BOX_FONT_SIZE } from '../model/scene-text.ts';

/** The look of everything on the canvas. Selectors name classes only: they are the quick ones. */
export function canvasStyle(palette: Palette): StylesheetJson {
  const { text, nodeBorder, background, highContrast } = palette;
  const annotated = ANNOTATION_COLOURS.map(name => ({
    selector: `.colour-${name}`,
    style: {
      'background-color': highContrast ? palette.node : mixed(palette.annotation[name], background, 0.28),
      'border-color': palette.annotation[name],
      'border-width': 2,
    },
  }));
  return [
    {
      selector: 'core',
      style: {
        'selection-box-color': palette.pinned,
        'selection-box-border-color': palette.pinned,
        'selection-box-opacity': 0.25,
        'active-bg-opacity': 0,
        // The types want all that the selector has.
      } as cytoscape.Css.Core,
    },
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 'data(width)',
        height: 'data(height)',
        label: 'data(text)',
        'background-color': palette.node,
        'border-width': 1,
        'border-color': nodeBorder,
        color: text,
        'font-family': palette.font,
        'font-size': BOX_FONT_SIZE,
        'text-valign': 'center',
        'text-halign': 'center',
        'text-wrap': 'wrap',
        'min-zoomed-font-size': 7,
        'overlay-opacity': 0,
      },
    },
    { selector: '.dot', style: { shape: 'ellipse', 'background-color': nodeBorder, 'border-width': 0 } },
    { selector: '.token', style: { shape: 'rectangle', 'background-color': palette.token } },
    { selector: '.logit', style: { shape: 'round-tag', 'background-color': palette.logit } },
    { selector: '.logit:childless', style: { shape: 'rectangle', 'font-weight': 'bold' } },
    {
      selector: '.error',
      style: {
        shape: 'cut-rectangle',
        'border-style': 'dashed',
        'border-color': palette.error,
        color: palette.faintText,
      },
    },
    { selector: '.error.dot', style: { shape: 'diamond', 'background-color': palette.error, width: 12, height: 12 } },
    { selector: '.token.dot', style: { shape: 'rectangle', 'background-color': palette.token, 'border-width': 1 } },
    { selector: '.logit.dot', style: { shape: 'pentagon', 'background-color': palette.text } },
    { selector: '.other', style: { shape: 'barrel', 'border-style': 'dotted' } },
    { selector: '.group', style: { shape: 'round-rectangle', 'border-width': 2, 'font-weight': 'bold' } },
    {
      selector: ':parent',
      style: {
        'background-color': palette.band,
        'background-opacity': 1,
        'text-valign': 'top',
        'text-margin-y': -3,
        padding: '10px',
        'min-width': '60px',
      },
    },
    ...annotated,
    ...ANNOTATION_COLOURS.map(name => ({
      selector: `.colour-${name}:parent`,
      style: { 'background-color': mixed(palette.annotation[name], background, highContrast ? 0 : 0.08) },
    })),
    { selector: '.spurious', style: { 'border-style': 'dotted', color: palette.faintText } },
    { selector: '.pinned', style: { 'border-width': 2.5, 'border-color': palette.pinned, 'border-style': 'solid' } },
    { selector: '.found', style: { 'outline-width': 3, 'outline-offset': 1, 'outline-color': palette.found } },
    {
      selector: '.selected',
      style: {
        'background-color': palette.selected,
        color: palette.selectedText,
        'outline-width': highContrast ? 3 : 2,
        'outline-offset': 1,
        'outline-color': palette.pinned,
      },
    },
    { selector: '.selected.dot', style: { 'background-color': palette.pinned } },
    { selector: '.hovered', style: { 'outline-width': 2, 'outline-offset': 1, 'outline-color': palette.text } },
    {
      selector: 'edge',
      style: {
        'curve-style': 'straight',
        width: 'data(width)',
        'line-color': palette.positive,
        // The types know no mappers for numbers.
        'line-opacity': 'data(opacity)' as unknown as number,
        'source-endpoint': '0 -50%',
        'target-endpoint': '0 50%',
        'overlay-opacity': 0,
        events: 'no',
      },
    },
    { selector: 'edge.between', style: { 'source-endpoint': 'outside-to-node', 'target-endpoint': 'outside-to-node' } },
    {
      selector: 'edge.negative',
      style: { 'line-color': palette.negative, 'line-style': 'dashed', 'line-dash-pattern': [5, 3] },
    },
    { selector: 'edge.faint', style: { 'line-opacity': 0.06 } },
    { selector: 'edge.strong', style: { 'line-opacity': 0.95, 'z-index': 2 } },
    {
      selector: 'edge.named',
      style: {
        label: 'data(text)',
        'font-size': 10,
        'font-family': palette.font,
        color: text,
        'text-background-color': background,
        'text-background-opacity': 0.9,
        'text-background-padding': '2px',
        'min-zoomed-font-size': 7,
      },
    },
    { selector: 'node.faint', style: { color: palette.faded, 'border-color': palette.line } },
    { selector: 'node.faint.dot', style: { 'background-color': palette.line } },
  ];
}

function mixed(colour: string, below: string, share: number): string {
  const [top, bottom] = [parseColour(colour), parseColour(below)];
  return top === undefined || bottom === undefined ? below : hexColour(blend(top, bottom, share));
}
