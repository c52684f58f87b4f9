/** Warm up linearly, stay, then fall linearly to a floor: a fraction of the peak learning rate for each step. */
export interface Schedule {
  readonly steps: number;
  readonly warmup: number;
  /** Share of the steps after which the rate begins to fall. */
  readonly flat: number;
  readonly floor: number;
}

export function scheduleFactor({ steps, warmup, flat, floor }: Schedule, step: number): number {
  const rise = Math.min(1, step / warmup);
  const progress = step / steps;
  if (progress <= flat) return rise;
  return rise * Math.max(floor, (1 - progress) / (1 - flat));
}
