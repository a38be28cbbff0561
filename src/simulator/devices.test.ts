import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { judgeReport } from '../domain/devices/command';
import { readReport } from '../domain/devices/report';
import { parseFields } from '../domain/intake/payload';
import { initialState, reported } from '../domain/devices/state';
import {
  answerDelayMs,
  drawnPowerW,
  isExpired,
  obey,
  POWER_NOISE,
  readCommand,
  statusMessage,
  type Behaviour,
  type SwitchableType,
} from './devices';
import { createRandom } from './random';

const attributes = fc.dictionary(
  fc.constantFrom('brightness', 'temperature', 'speed'),
  fc.integer({ min: 0, max: 100 }),
);
const state = fc.record({ on: fc.boolean(), attributes });
const wanted = fc.record({ status: fc.boolean(), attributes });
const type = fc.constantFrom(...(Object.keys(POWER_NOISE) as SwitchableType[]));

describe('a simulated device', () => {
  /** What Aurion makes of the answer. */
  const judged = (behaviour: Behaviour, property: (judgement: string) => void) =>
    fc.assert(
      fc.property(state, wanted, (before, command) => {
        const after = obey(before, { ...command, commandId: 'c1' }, behaviour);
        const said = parseFields(Buffer.from(statusMessage(after, 60, 'c1')));
        const { report: answer } = readReport(said, 0);
        const known = initialState(1);
        const underWay = { wanted: command, commandId: 'c1', before: known };
        property(judgeReport(underWay, answer, reported(known, answer, 0)));
      }),
    );

  it('answers so that Aurion takes it as confirmed, when it obeys', () => {
    for (const behaviour of ['normal', 'slow'] as const) {
      judged(behaviour, (judgement) => assert.equal(judgement, 'confirmed'));
    }
  });

  it('answers so that Aurion takes it as refused, when it is contrary', () => {
    judged('contrary', (judgement) => assert.equal(judgement, 'refused'));
  });

  it('stays as it is when silent or offline, and never answers', () => {
    fc.assert(
      fc.property(state, wanted, fc.integer(), (before, command, seed) => {
        for (const behaviour of ['silent', 'offline'] as const) {
          assert.equal(obey(before, { ...command, commandId: 'c1' }, behaviour), before);
          assert.equal(answerDelayMs(behaviour, createRandom(seed, 'answer')), null);
        }
      }),
    );
  });

  it('answers within milliseconds, a slow one within 1 to 4 seconds', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = createRandom(seed, 'answer');
        for (const behaviour of ['normal', 'contrary'] as const) {
          const delayMs = answerDelayMs(behaviour, random) ?? -1;
          assert.ok(delayMs > 0 && delayMs < 10);
        }
        const slowMs = answerDelayMs('slow', random) ?? -1;
        assert.ok(slowMs >= 1000 && slowMs < 4000);
      }),
    );
  });

  it('draws nothing when off, about its nominal power when on, less when dimmed', () => {
    fc.assert(
      fc.property(
        type,
        fc.integer({ min: 1, max: 3000 }),
        fc.option(fc.integer({ min: 0, max: 100 })),
        fc.integer(),
        (ofType, powerW, brightness, seed) => {
          const device = { type: ofType, powerW };
          const draw = (on: boolean) =>
            drawnPowerW(device, { on, attributes: { brightness } }, createRandom(seed, 'power'));
          assert.equal(draw(false), 0);
          const nominalW = (powerW * (brightness ?? 100)) / 100;
          assert.ok(Math.abs(draw(true) - nominalW) <= nominalW * POWER_NOISE[ofType] + 0.05);
        },
      ),
    );
  });

  it('reads a command with all it says', () => {
    const expiresAt = '2026-11-22T12:00:05.000Z';
    const command = { status: true, commandId: 'c1', expiresAt, brightness: 40 };
    assert.deepEqual(readCommand(Buffer.from(JSON.stringify(command))), {
      status: true,
      commandId: 'c1',
      expiresAt: Date.parse(expiresAt),
      attributes: { brightness: 40 },
    });
  });

  it('reads nothing else as a command', () => {
    for (const text of ['', 'on', '[]', 'null', '{"status":true}', '{"commandId":1}']) {
      assert.equal(readCommand(Buffer.from(text)), null, text);
    }
    assert.equal(readCommand(Buffer.from('{"commandId":"c","expiresAt":"soon"}')), null);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readCommand(Buffer.from(bytes))));
  });

  it('takes a command as expired once its time is past, and never without one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (expiresAt, now) => {
        assert.equal(
          isExpired({ commandId: 'c', attributes: {}, expiresAt }, now),
          now > expiresAt,
        );
        assert.equal(isExpired({ commandId: 'c', attributes: {} }, now), false);
      }),
    );
  });
});
