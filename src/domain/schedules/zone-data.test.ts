import assert from 'node:assert/strict';
import { versions } from 'node:process';
import { describe, it } from 'mocha';
import known from './known-zones.json';
import { zoneDifference, zoneOffsets, zoneWarning } from './zone-data';

const at = (time: string) => Date.parse(time);

/** As text: since when, how far ahead here, how far there. */
function difference(zone: string, now: string, here: string, version = '2025c') {
  const found = zoneDifference(zone, at(now), version, () => here);
  return found && [new Date(found.from).toISOString(), found.hereMin, found.thereMin];
}

describe('M11: a zone whose rules have changed since this Node.js', () => {
  // What data 2025c say of the first two years: an hour ahead but in Ramadan, and summer time.
  const CASABLANCA = '60 1e3c:0 2gzc:60 cerc:0 dhnc:60';
  const VANCOUVER = '-480 21so:-420 9e70:-480 di0o:-420 kuf0:-480';

  it('is told from when on, while that lasts or is to come', () => {
    const since = ['2026-09-20T01:00:00.000Z', 60, 0];
    assert.deepEqual(difference('Africa/Casablanca', '2026-11-30T00:00:00Z', CASABLANCA), since);
    assert.deepEqual(difference('Africa/Casablanca', '2026-05-01T00:00:00Z', CASABLANCA), since);
    const winter = (now: string) => difference('America/Vancouver', now, VANCOUVER)?.[0];
    assert.equal(winter('2026-12-01T00:00:00Z'), '2026-11-01T09:00:00.000Z');
    // The one that is over does not count any more.
    assert.equal(winter('2027-07-01T00:00:00Z'), '2027-11-07T09:00:00.000Z');
  });

  it('is not told where nothing differs, the data are as new, or nobody knows the zone', () => {
    const now = '2026-11-30T00:00:00Z';
    assert.equal(difference('Europe/Paris', now, zoneOffsets('Europe/Paris'), ''), null);
    assert.equal(difference('Africa/Casablanca', now, CASABLANCA, known.version), null);
    assert.equal(difference('Africa/Casablanca', now, CASABLANCA, '2027a'), null);
    assert.equal(difference('Etc/GMT+3', now, '0'), null);
  });

  it('is found by its other names, too', () => {
    assert.ok(difference('Canada/Pacific', '2026-12-01T00:00:00Z', VANCOUVER));
  });

  it('is told in words', () => {
    const warning = zoneWarning('Africa/Casablanca', at('2026-11-30'), '2025c', () => CASABLANCA);
    assert.match(
      warning ?? '',
      /^The clock of Africa\/Casablanca is out of date from 2026-09-20T01/,
    );
    assert.match(
      warning ?? '',
      /60 min ahead of UTC .* \(2025c\), 0 min by newer data \(20\d\d[a-z]\)/,
    );
    assert.equal(zoneWarning('Africa/Lome', at('2026-11-30'), '2025c'), null);
  });

  it('is known: the table is what this Node.js says, if that has the same data', function () {
    if (versions['tz'] !== known.version) return this.skip();
    for (const [offsets, zones] of Object.entries(known.zones)) {
      const [zone = ''] = zones.split(' ');
      assert.equal(zoneOffsets(zone), offsets, zone);
    }
  });
});
