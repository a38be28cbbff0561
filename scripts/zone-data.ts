import { zoneOffsets } from '../src/domain/schedules/zone-data';

/**
 * What this Node.js knows of all time zones, for src/domain/schedules/known-zones.json. Older data never replace
 * newer ones, so that it does not matter who generates.
 * @param before what the file holds
 */
export function zoneData(before: string | null): string {
  const version = process.versions['tz'] ?? '';
  const { version: known = '' } = JSON.parse(before ?? '{}') as { version?: string };
  if (before !== null && version <= known) return before;
  const zones = new Map<string, string[]>();
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const offsets = zoneOffsets(zone);
    zones.set(offsets, [...(zones.get(offsets) ?? []), zone]);
  }
  const sorted = [...zones].sort(([a], [b]) => (a < b ? -1 : 1));
  const joined = sorted.map(([offsets, names]) => [offsets, names.join(' ')]);
  return JSON.stringify({ version, zones: Object.fromEntries(joined) as Record<string, string> });
}
