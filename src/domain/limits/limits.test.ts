import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { addressGroup } from './address-group';
import { OnceEvery } from './once-every';
import { takeToken, type Bucket } from './token-bucket';
import { waitMs } from './window';

describe('the address that counts for limits', () => {
  const groups: Record<string, string> = {
    '192.0.2.7': '192.0.2.7',
    '::ffff:192.0.2.7': '192.0.2.7',
    '::FFFF:192.0.2.7': '192.0.2.7',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:DB8:1:2::9': '2001:db8:1:2::/64',
    '2001:0db8:0001:0002::': '2001:db8:1:2::/64',
    '2001:db8::1': '2001:db8:0:0::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
    '::1': '0:0:0:0::/64',
    '::': '0:0:0:0::/64',
    '1:2:3::': '1:2:3:0::/64',
    '::5:6:7:8': '0:0:0:0::/64',
    '64:ff9b::192.0.2.7': '64:ff9b:0:0::/64',
    Somewhere: 'somewhere',
  };
  for (const [address, group] of Object.entries(groups)) {
    it(`S7: of ${address} is ${group}`, () => assert.equal(addressGroup(address), group));
  }
});

describe('once in a while', () => {
  it('lets one of each kind through, and says how many it held back', () => {
    const once = new OnceEvery(1000);
    assert.equal(once.admit('a', 0), 0);
    assert.equal(once.admit('a', 1), null);
    assert.equal(once.admit('a', 999), null);
    assert.equal(once.admit('b', 999), 0);
    assert.equal(once.admit('a', 1000), 2);
    assert.equal(once.admit('a', 2000), 0);
  });
});

describe('so many in a window', () => {
  const limit = { max: 3, windowMs: 1000 };

  it('S7: the wait ends when the oldest leaves the window', () => {
    assert.equal(waitMs([100, 200], limit, 300), 0);
    assert.equal(waitMs([100, 300, 200], limit, 300), 800);
    assert.equal(waitMs([100, 200, 300], limit, 1099), 1);
    assert.equal(waitMs([100, 200, 300], limit, 1100), 0);
    // More than may be: as many have to leave.
    assert.equal(waitMs([100, 200, 300, 400], limit, 500), 700);
  });

  it('M13: what a clock that was set back left in the future does not count', () => {
    assert.equal(waitMs([5000, 5000, 5000], limit, 300), 0);
  });

  it('S7: whoever waits as told never has more than the limit in any window', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 60 }), (pauses) => {
        const times: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          if (waitMs(times, limit, now) === 0) times.push(now);
        }
        for (const end of times) {
          const within = times.filter((at) => at > end - limit.windowMs && at <= end);
          assert.ok(within.length <= limit.max);
        }
      }),
    );
  });
});

describe('a bucket of tokens', () => {
  it('S7: gives its minute at once, then one at its rate, and says when', () => {
    let bucket: Bucket | undefined;
    for (let i = 0; i < 60; i++) ({ bucket } = takeToken(bucket, 60, 0));
    const refused = takeToken(bucket, 60, 250);
    assert.equal(refused.waitMs, 750);
    assert.equal(takeToken(refused.bucket, 60, 1000).waitMs, 0);
  });

  it('S7: never gives more than a bucket and its rate, and always gives who waited as told', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 100 }), (pauses) => {
        let bucket: Bucket | undefined;
        let [nowMs, given] = [0, 0];
        for (const pause of pauses) {
          nowMs += pause;
          const taken = takeToken(bucket, 20, nowMs);
          bucket = taken.bucket;
          if (taken.waitMs === 0) given += 1;
          // A hair more than told, for what floating point rounds away.
          else assert.equal(takeToken(bucket, 20, nowMs + taken.waitMs + 1e-6).waitMs, 0);
        }
        assert.ok(given <= 20 + (nowMs * 20) / 60_000);
      }),
    );
  });
});
