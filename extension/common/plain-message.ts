/**
 * Text for the editor's messages and progress, in which `[words](command:...)` would become a link that runs a command:
 * what a file brought stays text.
 */
export function plainMessage(text: string): string {
  return text.replaceAll('](', '] (');
}

/** Text for labels of pick lists and status items, in which `$(name)` would become an icon: what a file brought stays text. */
export function plainLabel(text: string): string {
  // A word joiner has no width and ends the pattern.
  return text.replaceAll('$(', '$\u2060(');
}
