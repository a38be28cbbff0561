import { groupBy, rollUp, type Known } from './buckets';
import type { HomeCalendar, Slot } from './calendar';
import type { Rated } from './cost';
import type { HomeCosts } from './rating';
import { DAY_MS } from './units';

/** Less than this between two days is read with them rather than left out. */
const BETWEEN_MS = 7 * DAY_MS;

/**
 * A device's hours as days with their costs, of those days that have all of it from what the home paid:
 * what is priced by the tariff as it stands then can't be kept.
 */
export function frozenDays(
  hours: readonly Known[],
  home: HomeCosts,
  calendar: HomeCalendar,
): readonly Rated<Known>[] {
  const byDay = groupBy(hours, ({ start }) => calendar.startOf('day', start));
  return rollUp(hours, calendar, 'day').flatMap((day) => {
    const { sum, alone } = home.shareOf(byDay.get(day.start) ?? []);
    // Its hours may have had several tariffs; that of none is named.
    return alone.length > 0 ? [] : [{ ...day, cost: sum.cost }];
  });
}

/** A few spans that hold all of these days, and little else. @param days oldest first */
export function spansOf(days: readonly Slot[]): readonly { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const { start, end } of days) {
    const last = spans.at(-1);
    if (last && start - last.to < BETWEEN_MS) last.to = end;
    else spans.push({ from: start, to: end });
  }
  return spans;
}
