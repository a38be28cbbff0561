import { homeCalendar } from '../energy/calendar';
import table from './known-zones.json';

/** What the time zone database of a certain version says of all zones, for some years. */
interface ZoneData {
  /** `2026c`. */
  readonly version: string;
  /** The zones, by how far their clocks are ahead of UTC and when that changes, as `zoneOffsets` writes it. */
  readonly zones: Readonly<Record<string, string>>;
}

const KNOWN: ZoneData = table;

const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2032, 0, 1);
const MINUTE_MS = 60_000;

/** That a zone's clock is not what newer data say: this runtime's follow older rules. */
export interface ZoneDifference {
  /** Since or from when on, milliseconds since 1970. */
  readonly from: number;
  /** How far the clock is ahead of UTC by this runtime, in minutes. */
  readonly hereMin: number;
  /** … and by the newer data. */
  readonly thereMin: number;
  /** The version of the newer data. */
  readonly version: string;
}

/**
 * How a zone's clock goes by this runtime's data: minutes ahead of UTC, then each change as `minutes since
 * 2026 in base 36:minutes ahead`.
 */
export function zoneOffsets(zone: string): string {
  const calendar = homeCalendar(zone);
  const changes: string[] = [];
  let offset = NaN;
  for (let at = FROM; at < TO; at = calendar.steadyUntil(at)) {
    const next = calendar.offsetMs(at) / MINUTE_MS;
    if (next !== offset) changes.push(`${((at - FROM) / MINUTE_MS).toString(36)}:${next}`);
    offset = next;
  }
  return changes.join(' ').replace(/^0:/, '');
}

/**
 * Where this runtime's data of a zone are older than those Aurion was built with and say something else, now or
 * later: the first such time. Null: nowhere that is known.
 * @param version of this runtime's data, such as `2025c`
 * @param offsetsHere how the zone's clock goes by them
 */
export function zoneDifference(
  zone: string,
  now: number,
  version: string,
  offsetsHere = zoneOffsets,
): ZoneDifference | null {
  // Of two versions the greater text is the newer one.
  const there = version < KNOWN.version ? knownOffsets(zone) : undefined;
  if (there === undefined) return null;
  const [ours, theirs] = [spansOf(offsetsHere(zone)), spansOf(there)];
  const bounds = [...ours, ...theirs].map(({ at }) => at).sort((a, b) => a - b);
  let since = null as ZoneDifference | null;
  for (const [i, from] of bounds.entries()) {
    const [hereMin, thereMin] = [offsetAt(ours, from), offsetAt(theirs, from)];
    const isSame = since?.hereMin === hereMin && since.thereMin === thereMin;
    if (hereMin === thereMin) since = null;
    else if (!isSame) since = { from, hereMin, thereMin, version: KNOWN.version };
    if (since && (bounds[i + 1] ?? TO) > now) return since;
  }
  return null;
}

/** The difference in words, for the log; null: there is none. */
export function zoneWarning(
  zone: string,
  now: number,
  version: string,
  offsetsHere = zoneOffsets,
): string | null {
  const difference = zoneDifference(zone, now, version, offsetsHere);
  if (!difference) return null;
  const { from, hereMin, thereMin, version: newer } = difference;
  return (
    `The clock of ${zone} is out of date from ${new Date(from).toISOString()} on: ${hereMin} min ahead of UTC by ` +
    `the time zone data of this Node.js (${version}), ${thereMin} min by newer data (${newer}). Schedules, days ` +
    'and hours follow this Node.js; run Aurion with a newer one.'
  );
}

function knownOffsets(zone: string): string | undefined {
  const own = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  const names = new Set([zone, own]);
  const found = Object.entries(KNOWN.zones).find(([, zones]) =>
    zones.split(' ').some((one) => names.has(one)),
  );
  return found?.[0];
}

interface Span {
  readonly at: number;
  readonly offsetMin: number;
}

function spansOf(offsets: string): readonly Span[] {
  return `0:${offsets}`.split(' ').map((change) => {
    const [at = '', offsetMin = ''] = change.split(':');
    return { at: FROM + parseInt(at, 36) * MINUTE_MS, offsetMin: Number(offsetMin) };
  });
}

function offsetAt(spans: readonly Span[], at: number): number {
  return spans.findLast((span) => span.at <= at)?.offsetMin ?? 0;
}
