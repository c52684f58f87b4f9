/** Colours as themes write them, and what is readable on what. */

/** Red, green, blue 0 to 255, alpha 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb()` and `rgba()`; undefined for anything else. */
export function parseColour(text: string): Colour | undefined {
  const trimmed = text.trim().toLowerCase();
  const hex = /^#([0-9a-f]{3,8})$/.exec(trimmed)?.[1];
  if (hex !== undefined) {
    const long = hex.length <= 4 ? hex.replaceAll(/./g, '$&$&') : hex;
    if (long.length !== 6 && long.length !== 8) return undefined;
    const byte = (at: number): number => parseInt(long.slice(at, at + 2), 16);
    return [byte(0), byte(2), byte(4), long.length === 8 ? byte(6) / 255 : 1];
  }
  const parts = /^rgba?\(([^)]*)\)$/
    .exec(trimmed)?.[1]
    .split(/[\s,/]+/)
    .filter(Boolean);
  if (parts === undefined || parts.length < 3) return undefined;
  const numbers = parts.map(part => (part.endsWith('%') ? (255 * parseFloat(part)) / 100 : parseFloat(part)));
  if (numbers.some(Number.isNaN)) return undefined;
  const alpha = parts[3] === undefined ? 1 : parts[3].endsWith('%') ? numbers[3] / 255 : numbers[3];
  return [numbers[0], numbers[1], numbers[2], alpha];
}

/** `top` with its alpha times `share` over an opaque colour. */
export function blend(top: Colour, below: Colour, share = 1): Colour {
  const alpha = top[3] * share;
  const mix = (i: 0 | 1 | 2): number => top[i] * alpha + below[i] * (1 - alpha);
  return [mix(0), mix(1), mix(2), 1];
}

/** WCAG 2 contrast of two opaque colours, 1 to 21. */
export function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const linear = (i: 0 | 1 | 2): number => {
    const value = colour[i] / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
}

/** The colour, moved towards `ink` as far as it takes to stand out from the background by `least`. */
export function readable(colour: Colour, background: Colour, ink: Colour, least: number): Colour {
  const opaque = blend(colour, background);
  for (let step = 0; step <= 10; step++) {
    const moved = blend(ink, opaque, step / 10);
    if (contrast(moved, background) >= least) return moved;
  }
  return ink;
}

/** `#rrggbb`. */
export function hexColour([red, green, blue]: Colour): string {
  return `#${[red, green, blue].map(part => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
