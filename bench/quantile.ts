export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** A row of a table: how many there were, and how they lie. */
export function spread(what: string, values: readonly number[]): Record<string, string | number> {
  const at = (share: number) => quantile(values, share).toFixed(1);
  return { what, count: values.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
