import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { MemoryJournal, RecordingLink } from '../../test/support/test-link';
import { memoryLogger } from '../../test/support/test-store';
import type { Message } from '../ports/message-link';
import { Health } from './health';
import { Intake, type Accepted, type Taker } from './intake';
import { often } from '../../test/support/often';

type Said = { readonly alarm?: boolean; readonly power?: number; readonly past?: true };

/** A thing with an alarm and a power, each said alone or both at once. */
class Thing implements Taker {
  alarm = false;
  power = 0;
  /** When an alarm was there and nobody heard of it. */
  missed = 0;
  taken = 0;

  understand({ payload }: Message): Accepted {
    const said = JSON.parse(payload.toString()) as Said;
    const take = () => {
      this.taken += 1;
      this.alarm = said.alarm ?? this.alarm;
      this.power = said.power ?? this.power;
    };
    const about = Object.keys(said).sort().join();
    return { take, about, urgent: !!said.alarm && !this.alarm, past: said.past ?? false };
  }

  fold = () => Promise.resolve();
}

describe('what one source may say', () => {
  let clock: FakeClock;
  let link: RecordingLink;
  let thing: Thing;
  let intake: Intake;

  beforeEach(async () => {
    clock = new FakeClock();
    link = new RecordingLink();
    thing = new Thing();
    const logger = memoryLogger();
    const health = new Health(clock, logger);
    const ports = { link, journal: new MemoryJournal(), clock, logger, health };
    intake = new Intake(ports, [thing]);
    await intake.start();
  });
  afterEach(() => intake.stop());

  const say = (said: Said, topic = 'plug') => link.say(topic, said);
  const flood = (count = 21_000) => {
    for (let i = 0; i < count; i++) say({ power: i });
  };

  const anySaid = fc.record({ alarm: fc.boolean(), power: fc.nat(9) }, { requiredKeys: [] });
  const anyFlood = fc.array(fc.tuple(anySaid, fc.oneof(fc.constant(0), fc.nat(30))), {
    maxLength: 300,
  });

  it('M15: the last word of a flood on each thing counts, no alarm is missed, and all is counted', async () => {
    flood();
    await fc.assert(
      fc.asyncProperty(anyFlood, async (steps) => {
        // So much that nothing is left.
        flood(3000);
        await clock.advance(10);
        let sent = intake.counts.received;
        const expected = { alarm: thing.alarm, power: thing.power };
        for (const [said, pauseMs] of steps) {
          Object.assign(expected, said);
          say(said);
          sent += 1;
          if (said.alarm) assert.equal(thing.alarm, true);
          if (pauseMs > 0) await clock.advance(pauseMs);
        }
        await clock.advance(1000);
        const { alarm, power } = thing;
        assert.deepEqual({ alarm, power }, expected);
        const { received, kept, dropped } = intake.counts;
        assert.deepEqual([received, kept], [sent, thing.taken]);
        assert.equal(received, kept + (dropped['rate'] ?? 0));
      }),
      { numRuns: often(50) },
    );
  });

  it('F8: a source that floods is taken 200 times a second, and no other is limited', async () => {
    flood();
    const { kept } = intake.counts;
    for (let ms = 0; ms < 2000; ms += 5) {
      flood(10);
      await clock.advance(5);
    }
    assert.ok(Math.abs(intake.counts.kept - kept - 400) <= 2, String(intake.counts.kept - kept));
    say({ power: 7 }, 'lamp');
    assert.equal(thing.power, 7);
  });

  it('F8: what flips all the time is limited as well, and its last word counts', async () => {
    for (let i = 0; i < 60_000; i++) say({ alarm: i % 2 === 0 });
    assert.ok(intake.counts.kept < 22_000);
    await clock.advance(100);
    assert.equal(thing.alarm, false);
  });

  it('M6: what a gateway kept for weeks is taken whole, however fast it comes, and in its turn', () => {
    flood(30_000);
    const { kept } = intake.counts;
    for (let i = 0; i < 100_000; i++) say({ power: i, past: true });
    // With what waited before it.
    assert.equal(intake.counts.kept - kept, 100_001);
    assert.equal(thing.power, 99_999);
  });

  it('who offers too much is told, and nothing of it waits', async () => {
    flood(30_000);
    await clock.advance(5);
    const message = { topic: 'plug', payload: Buffer.from('{"power":3}'), retained: false };
    const offer = () => intake.offer({ ...message, duplicate: false });
    assert.throws(offer, { code: 'READING_REFUSED' });
    await clock.advance(1000);
    assert.equal(thing.power, 29_999);
    offer();
    assert.equal(thing.power, 3);
  });

  it('F11: what waits at a stop is taken', async () => {
    flood(30_000);
    assert.equal(thing.power, 19_999);
    await intake.stop();
    assert.equal(thing.power, 29_999);
  });
});
