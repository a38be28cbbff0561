import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { MemoryJournal, RecordingLink } from '../../test/support/test-link';
import { memoryLogger } from '../../test/support/test-store';
import type { Arrival } from '../domain/intake/arrival';
import type { Message } from '../ports/message-link';
import { Health } from './health';
import { Intake, type Taker } from './intake';

/** Takes everything, and holds it back until it is settled. */
class HoldingTaker implements Taker {
  readonly arrivals: Arrival[] = [];
  private held = 0;
  settled = 0;
  folds = 0;
  isAway = false;

  understand(_message: Message, arrival: Arrival) {
    const take = () => {
      this.arrivals.push(arrival);
      this.held += 1;
    };
    return { take, about: '', urgent: false };
  }

  fold(): Promise<void> {
    this.folds += 1;
    return this.isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  }

  get unsettled(): boolean {
    return this.held > 0;
  }

  settle(): Promise<void> {
    this.settled += this.held;
    this.held = 0;
    return Promise.resolve();
  }
}

describe('the intake, when it is settled later', () => {
  let clock: FakeClock;
  let journal: MemoryJournal;
  let link: RecordingLink;
  let taker: HoldingTaker;
  let intake: Intake;

  async function start(): Promise<void> {
    link = new RecordingLink();
    taker = new HoldingTaker();
    const logger = memoryLogger();
    intake = new Intake({ link, journal, clock, logger, health: new Health(clock, logger) }, [
      taker,
    ]);
    await intake.start();
  }

  beforeEach(async () => {
    clock = new FakeClock();
    journal = new MemoryJournal();
    await start();
  });
  afterEach(() => intake.stop());

  it('folds every second, and keeps in the journal what is not settled, for a minute', async () => {
    await clock.advance(60_000);
    link.say('a', {});
    await clock.advance(1000);
    assert.deepEqual([taker.settled, journal.records.length], [1, 0]);
    link.say('a', {});
    await clock.advance(59_000);
    assert.deepEqual([taker.settled, journal.records.length], [1, 1]);
    assert.equal(taker.folds, 60);
    await clock.advance(1000);
    assert.deepEqual([taker.settled, journal.records.length], [2, 0]);
  });

  it('F3: what was not settled at a crash is taken in again, as it came', async () => {
    link.say('a', {});
    link.say('a', {}, { duplicate: true });
    const { arrivals } = taker;
    assert.deepEqual(
      arrivals.map(({ nth, redelivered, replayed }) => [nth, redelivered, replayed]),
      [
        [0, false, false],
        [1, true, false],
      ],
    );
    await clock.advance(7000);
    await start();
    assert.deepEqual(
      taker.arrivals,
      arrivals.map((arrival) => ({ ...arrival, replayed: true })),
    );
    assert.equal(journal.records.length, 0);
  });

  it('F2: while the store is away everything stays in the journal', async () => {
    taker.isAway = true;
    link.say('a', {});
    await clock.advance(120_000);
    assert.deepEqual([taker.settled, journal.records.length], [0, 1]);
    taker.isAway = false;
    await clock.advance(1000);
    assert.deepEqual([taker.settled, journal.records.length], [1, 0]);
  });
});
