import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../test/support/fake-clock';
import { memoryLogger } from '../../test/support/test-store';
import { AurionError, textOf } from '../contract/errors';
import type { LeftOut } from '../domain/intake/left-out';
import { MESSAGE_BYTES_MAX } from '../domain/intake/payload';
import { RefusedMessage } from '../domain/intake/refused-message';
import type { Journal } from '../ports/journal';
import type { Message, MessageLink } from '../ports/message-link';
import { Health } from './health';
import { Intake, type Taker } from './intake';

const BATTERY: LeftOut = {
  field: 'battery',
  reason: 'out-of-range',
  detail: { fr: '255 : plus de 100', en: '255 is more than 100' },
};

describe('the intake', () => {
  let clock: FakeClock;
  let health: Health;
  let logger: ReturnType<typeof memoryLogger>;
  let intake: Intake;
  let hear: (message: Message) => void;
  let diskFull: boolean;
  let storeAway: boolean;
  let taken: string[];

  const full = () => new AurionError('STORE_FULL');
  const journal: Journal = {
    size: 0,
    append() {
      if (diskFull) throw full();
    },
    replay: () => Promise.resolve(),
    mark: () => ({ drop: () => Promise.resolve() }),
    close: () => Promise.resolve(),
  };
  const taker: Taker = {
    understand({ topic }) {
      if (topic === 'bad')
        throw new RefusedMessage('malformed', { fr: 'pas du JSON', en: 'no JSON' });
      if (topic === 'stranger') return 'unknown';
      if (topic !== 'good' && topic !== 'odd') return null;
      const leftOut = topic === 'odd' ? [BATTERY] : [];
      return { take: () => void taken.push(topic), about: topic, urgent: false, leftOut };
    },
    fold: () =>
      storeAway ? Promise.reject(new AurionError('STORE_UNAVAILABLE')) : Promise.resolve(),
  };

  beforeEach(async () => {
    clock = new FakeClock();
    [diskFull, storeAway, taken] = [false, false, []];
    logger = memoryLogger();
    health = new Health(clock, logger);
    health.works('journal');
    health.works('store');
    const link = { onMessage: (listener: typeof hear) => (hear = listener) };
    intake = new Intake({ link: link as unknown as MessageLink, journal, clock, logger, health }, [
      taker,
    ]);
    await intake.start();
  });
  afterEach(async () => {
    storeAway = false;
    await intake.stop();
  });

  const say = (topic: string) =>
    hear({ topic, payload: Buffer.from('x'), retained: false, duplicate: false });

  it('F8: counts exactly: received is kept and all that was dropped', () => {
    for (const topic of ['good', 'bad', 'stranger', 'elsewhere', 'good']) say(topic);
    diskFull = true;
    assert.throws(() => say('good'), { code: 'STORE_FULL' });
    assert.deepEqual(intake.counts, {
      received: 6,
      kept: 2,
      dropped: { malformed: 1, unknown: 1, topic: 1, journal: 1 },
    });
    assert.equal(taken.length, 2);
  });

  it('M16: counts what was left out of messages that are kept, and tells it once an hour', async () => {
    const told = () => logger.lines.filter((line) => line.includes('field left out'));
    for (let i = 0; i < 3; i++) say('odd');
    assert.deepEqual(intake.leftOutCounts, { 'out-of-range': 3 });
    assert.deepEqual([intake.counts.kept, intake.counts.dropped, taken.length], [3, {}, 3]);
    assert.deepEqual(told(), [
      'warn: Message on odd: field left out: battery – 255 is more than 100',
    ]);
    await clock.advance(3_600_000);
    say('odd');
    assert.equal(told().length, 2);
  });

  it('S15: looks at the size first, whatever the topic', () => {
    const payload = Buffer.alloc(MESSAGE_BYTES_MAX + 1);
    for (const topic of ['good', 'stranger', 'elsewhere']) {
      hear({ topic, payload, retained: true, duplicate: false });
    }
    assert.deepEqual(intake.counts.dropped, { 'too-large': 3 });
    assert.equal(taken.length, 0);
  });

  it('tells who offers what is refused why, in both languages', () => {
    const offered = (topic: string) => () =>
      intake.offer({ topic, payload: Buffer.from('x'), retained: false, duplicate: false });
    const told = {
      bad: ['Mesure refusée : pas du JSON', 'Reading refused: no JSON'],
      stranger: [
        'Mesure refusée : aucun appareil ni capteur ne porte ce nom',
        'Reading refused: nobody here has that name',
      ],
      elsewhere: [
        'Mesure refusée : personne ne lit ce sujet',
        'Reading refused: nobody reads this topic',
      ],
    };
    for (const [topic, [fr, en]] of Object.entries(told)) {
      assert.throws(offered(topic), (error: AurionError) => {
        assert.equal(error.code, 'READING_REFUSED');
        assert.deepEqual([textOf(error, 'fr'), textOf(error, 'en')], [fr, en]);
        return true;
      });
    }
  });

  it('F5: the journal is away while it takes nothing, and back with the next message', () => {
    diskFull = true;
    assert.throws(() => say('good'), { code: 'STORE_FULL' });
    const { state, error } = health.parts.journal;
    assert.deepEqual([state, error?.code], ['away', 'STORE_FULL']);
    diskFull = false;
    say('good');
    assert.equal(health.parts.journal.state, 'ok');
  });

  it('F2: the store is away while it takes nothing, and back when it does', async () => {
    storeAway = true;
    say('good');
    await clock.advance(1000);
    assert.equal(health.parts.store.state, 'away');
    storeAway = false;
    await clock.advance(1000);
    assert.equal(health.parts.store.state, 'ok');
  });
});
