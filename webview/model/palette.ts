import { ANNOTATION_COLOURS, type AnnotationColour } from '../../src/graph/investigation/types.ts';
import { blend, hexColour, parseColour, readable, type Colour } from './colour.ts';

/** The colours of a drawing, opaque, `#rrggbb`. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly faintText: string;
  /** Of what is not selected while something else is. */
  readonly faded: string;
  readonly line: string;
  readonly band: string;
  readonly highlight: string;
  readonly node: string;
  readonly nodeBorder: string;
  readonly token: string;
  readonly logit: string;
  readonly error: string;
  readonly pinned: string;
  readonly selected: string;
  readonly selectedText: string;
  readonly found: string;
  readonly positive: string;
  readonly negative: string;
  readonly annotation: Readonly<Record<AnnotationColour, string>>;
  readonly font: string;
  readonly highContrast: boolean;
}

/** Least contrast of text, and of lines and marks that mean something (WCAG 1.4.3, 1.4.11). */
const TEXT_CONTRAST = 4.5;
const MARK_CONTRAST = 3;

/** Without a theme: light. */
const FALLBACK = { background: '#ffffff', foreground: '#333333' };

/**
 * The palette of a theme. `read` gives the value of a custom property of VS Code (`--vscode-editor-background`), or an
 * empty text. The extension's own colours (`circuit.*`) come first, then the theme's; what would not be readable on
 * the theme's background is moved towards its text colour.
 */
export function paletteOf(read: (name: string) => string, highContrast: boolean): Palette {
  const background = opaque(colour(read, FALLBACK.background, 'editor-background'));
  const ink = blend(colour(read, FALLBACK.foreground, 'editor-foreground', 'foreground'), background);
  const pick = (fallback: string, ...names: string[]): Colour => blend(colour(read, fallback, ...names), background);
  const mark = (fallback: string, ...names: string[]): string =>
    hexColour(readable(pick(fallback, ...names), background, ink, highContrast ? TEXT_CONTRAST : MARK_CONTRAST));
  const tinted = (share: number, fallback: string, ...names: string[]): Colour =>
    blend(pick(fallback, ...names), background, highContrast ? 0 : share);
  const node = tinted(1, hexColour(blend(ink, background, 0.05)), 'circuit-featureNode', 'editorWidget-background');
  const edge = pick('#000000', 'contrastBorder');
  const border = highContrast ? hexColour(edge) : mark('#8c8c8c', 'descriptionForeground');
  const selected = pick('#0060c0', 'list-activeSelectionBackground');
  return {
    background: hexColour(background),
    text: hexColour(readable(ink, node, ink, TEXT_CONTRAST)),
    faintText: hexColour(readable(pick('#717171', 'descriptionForeground'), background, ink, TEXT_CONTRAST)),
    faded: hexColour(blend(ink, background, highContrast ? 0.7 : 0.42)),
    line: hexColour(blend(ink, background, highContrast ? 0.4 : 0.1)),
    band: hexColour(blend(ink, background, highContrast ? 0 : 0.025)),
    highlight: hexColour(blend(pick('#0060c0', 'focusBorder'), background, highContrast ? 0.35 : 0.14)),
    node: hexColour(node),
    nodeBorder: border,
    token: hexColour(tinted(0.16, '#388a34', 'circuit-tokenNode', 'charts-green')),
    logit: hexColour(tinted(0.2, '#b180d7', 'circuit-logitNode', 'charts-purple')),
    error: mark('#bf8803', 'circuit-errorNode', 'charts-yellow'),
    pinned: mark('#0060c0', 'circuit-pinned', 'focusBorder'),
    selected: hexColour(highContrast ? background : selected),
    selectedText: highContrast
      ? hexColour(ink)
      : hexColour(
          readable(pick('#ffffff', 'list-activeSelectionForeground'), selected, [255, 255, 255, 1], TEXT_CONTRAST),
        ),
    found: mark('#ea5c00', 'editor-findMatchHighlightBorder', 'charts-orange'),
    positive: mark('#1a85ff', 'circuit-positiveEdge', 'charts-blue'),
    negative: mark('#e51400', 'circuit-negativeEdge', 'charts-red'),
    annotation: Object.fromEntries(ANNOTATION_COLOURS.map(name => [name, mark('#888888', `charts-${name}`)])) as Record<
      AnnotationColour,
      string
    >,
    font: read('--vscode-font-family') || 'sans-serif',
    highContrast,
  };
}

function colour(read: (name: string) => string, fallback: string, ...names: string[]): Colour {
  for (const name of names) {
    const found = parseColour(read(`--vscode-${name}`));
    if (found !== undefined) return found;
  }
  return parseColour(fallback) ?? [128, 128, 128, 1];
}

function opaque([red, green, blue]: Colour): Colour {
  return [red, green, blue, 1];
}
