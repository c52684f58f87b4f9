const LONGEST_SLUG = 60;

/** A prompt as a file name: letters and digits in lower case, at most so many. */
export function slugOf(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
  const ascii = words.normalize('NFD').replaceAll(/[^a-z0-9-]/g, '');
  return ascii.slice(0, LONGEST_SLUG).replaceAll(/^-+|-+$/g, '') || 'prompt';
}
