import { signal, type ReadonlySignal } from '@preact/signals';
import { paletteOf, type Palette } from '../model/palette.ts';

/** The palette of the editor's theme; a new one whenever the theme changes. */
export function watchTheme(): ReadonlySignal<Palette> {
  const palette = signal(readPalette());
  const observer = new MutationObserver(() => (palette.value = readPalette()));
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
  return palette;
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const { classList } = document.body;
  const highContrast = classList.contains('vscode-high-contrast') || classList.contains('vscode-high-contrast-light');
  return paletteOf(name => style.getPropertyValue(name).trim(), highContrast);
}
