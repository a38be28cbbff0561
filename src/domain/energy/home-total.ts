import { isKnown, missing, type Bucket } from './buckets';
import type { Slot } from './calendar';
import { weaker, type Quality } from './slice';

/** A meter, or a device counted by its nominal power, as part of a home. */
export interface Source {
  /** It measures the whole home. */
  readonly main: boolean;
  /** Before this instant it was not part of the home (its first reading, its registration). */
  readonly since: number;
  /** Of the same step as the slots; what is left out is missing. */
  readonly buckets: readonly Bucket[];
}

/**
 * What the whole home used in each slot (M3). With a main meter, its buckets alone: where it is missing the
 * home is, never a mix of main and sum. Without, the sum of what is known: its quality is the weakest of
 * the parts, its coverage the mean of all sources that were part of the home by then, so that a meter
 * that says nothing shows as less coverage. Of several main meters the sum of these counts.
 */
export function homeTotal(slots: readonly Slot[], sources: readonly Source[]): readonly Bucket[] {
  const main = sources.filter((source) => source.main);
  const counted = (main.length > 0 ? main : sources).map(({ since, buckets }) => ({
    since,
    byStart: new Map(buckets.map((bucket) => [bucket.start, bucket])),
  }));
  return slots.map((slot) => {
    const present = counted.filter(({ since }) => since < slot.end);
    const parts = present.flatMap(({ byStart }) => byStart.get(slot.start) ?? []).filter(isKnown);
    // Several main meters (phases) measure the home only together.
    if (parts.length === 0 || (main.length > 0 && parts.length < present.length))
      return missing(slot);
    return {
      ...slot,
      energy: parts.reduce((sum, { energy }) => sum + energy, 0),
      coveredMs: Math.floor(
        parts.reduce((sum, { coveredMs }) => sum + coveredMs, 0) / present.length,
      ),
      quality: parts.map(({ quality }) => quality).reduce<Quality>(weaker, 'measured'),
    };
  });
}
