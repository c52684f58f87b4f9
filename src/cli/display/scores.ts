/** A share from 0 to 1 with three digits, or what to say where it is not defined. */
export function scoreText(score: number | null): string {
  return score === null || !Number.isFinite(score) ? 'not defined' : score.toFixed(3);
}
