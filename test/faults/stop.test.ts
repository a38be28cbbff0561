import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { afterEach, describe, it } from 'mocha';
import { AurionProcess } from '../support/aurion-process';
import { Household } from '../support/household';
import { Lamp } from '../support/lamp';
import { newDatabase } from '../support/postgres';

const STOPPED_WITHIN_MS = 10_000;
const HANGING = 5;

describe('F11: SIGTERM under load', () => {
  let aurion: AurionProcess;
  afterEach(() => aurion.remove());

  const stopUnderLoad = async (env: Record<string, string>): Promise<void> => {
    aurion = await AurionProcess.start({ env });
    await aurion.untilReady();
    const token = await aurion.register('ama');
    const household = await Household.move(aurion, token);
    const asked = new EventEmitter();
    const deaf = await Lamp.plugIn(aurion, 1, () => {
      asked.emit('command');
      return null;
    });
    await deaf.report({ status: true });
    await household.begin();
    await household.untilAnswered(100);
    // These wait for a lamp that never answers; one of them has its turn.
    const command = once(asked, 'command');
    const hanging = Array.from({ length: HANGING }, () =>
      aurion.request('POST', '/devices/1/toggle', { token }),
    );
    await command;
    await household.untilAnswered(50);

    const begunMs = performance.now();
    const code = await aurion.stop('SIGTERM');
    const tookMs = performance.now() - begunMs;
    await household.end();
    assert.equal(code, 0, aurion.log);
    assert.ok(tookMs < STOPPED_WITHIN_MS, `${tookMs} ms`);
    for (const { status, headers, body } of await Promise.all(hanging)) {
      assert.equal(status, 503, JSON.stringify(body));
      assert.ok(Number(headers.get('retry-after')) > 0);
    }
    assert.doesNotMatch(aurion.log, /\[error\]/);

    const said = aurion.lines.length;
    await aurion.launch();
    await aurion.untilReady();
    await household.check();
    assert.doesNotMatch(
      aurion.lines.slice(said).join('\n'),
      /torn|damaged|\[(warn|error)\].*(store|journal)/i,
    );
  };

  it('NeDB: what is under way is answered, all is flushed, exit 0', () => stopUnderLoad({}));

  it('PostgreSQL: the same', async () => stopUnderLoad({ AURION_STORE_URL: await newDatabase() }));
});
