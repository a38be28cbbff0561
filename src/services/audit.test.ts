import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import type { AuditPool, Store } from '../ports/store';
import { Audit } from './audit';

const deed = (action: string, pool: AuditPool = 'daily') => {
  return { actor: 'account:1', action, target: null, requestId: null, pool };
};

describe('the audit', () => {
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  const logger = memoryLogger();
  beforeEach(async () => {
    opened = await openTestStore();
    clock = new FakeClock();
    logger.lines.length = 0;
  });
  afterEach(() => opened.remove());

  const open = (rows = 1000) =>
    new Audit({ store: opened.store, clock, logger }, { rows, waiting: 400 });
  const actions = async (audit: Audit, query: object = {}) =>
    (await audit.list({ limit: 50, ...query })).map(({ action }) => action);

  it('tells who did what and when, newest first', async () => {
    const audit = open();
    audit.record({
      actor: 'flow:n1',
      action: 'devices.toggle',
      target: 'device:1',
      requestId: 'r',
      pool: 'daily',
    });
    await clock.advance(1000);
    await audit.write(deed('auth.login'));
    const [login, toggle] = await audit.list({ limit: 50 });
    assert.equal(login?.action, 'auth.login');
    assert.deepEqual(
      { ...toggle, cursor: '' },
      {
        at: '2026-11-22T12:00:00.000Z',
        actor: 'flow:n1',
        action: 'devices.toggle',
        target: 'device:1',
        requestId: 'r',
        cursor: '',
      },
    );
    await audit.stop();
  });

  it('goes on behind a cursor, without a gap or a repetition, also within a millisecond', async () => {
    const audit = open();
    for (let i = 0; i < 25; i++) {
      audit.record(deed(`a${i}`));
      if (i % 5 === 0) await clock.advance(1);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.list({ limit: 4, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.map(({ action }) => action));
      cursor = page.at(-1)?.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, i) => `a${24 - i}`),
    );
    await audit.stop();
  });

  it('can be asked for a span; its end is not in it', async () => {
    const audit = open();
    for (const action of ['a', 'b', 'c']) {
      await audit.write(deed(action));
      await clock.advance(60_000);
    }
    const span = { from: '2026-11-22T12:01:00Z', to: '2026-11-22T13:02:00+01:00' };
    assert.deepEqual(await actions(audit, span), ['b']);
  });

  it('a command does not wait for it: what is recorded is in the store a moment later, in one go', async () => {
    const audit = open();
    for (let i = 0; i < 300; i++) audit.record(deed('devices.toggle'));
    assert.equal(await opened.store.audit.count(), 0);
    await clock.advance(200);
    while ((await opened.store.audit.count()) < 300) await settled();
    assert.equal(clock.timers, 0);
  });

  it('F11: what was recorded is written when it stops', async () => {
    const audit = open();
    audit.start();
    audit.record(deed('devices.toggle'));
    await audit.stop();
    assert.equal(await opened.store.audit.count(), 1);
    assert.equal(clock.timers, 0);
  });

  it('F2: what the store does not take is tried again, told once, and bounded', async () => {
    const insert = opened.store.audit.insert.bind(opened.store.audit);
    const away = () => Promise.reject(new Error('away'));
    Object.assign(opened.store.audit, { insert: away });
    const audit = open();
    await audit.write(deed('auth.login'));
    for (let i = 0; i < 450; i++) audit.record(deed(`a${i}`));
    for (let i = 0; i < 4; i++) await clock.advance(5000);
    assert.equal(logger.lines.filter((line) => line.startsWith('error')).length, 1);
    Object.assign(opened.store.audit, { insert });
    await audit.stop();
    assert.equal(await opened.store.audit.count(), 400);
    assert.match(logger.lines.at(-1)!, /51 audit entries were lost/);
    const [newest] = await audit.list({ limit: 1 });
    assert.equal(newest?.action, 'a449');
  });

  it('keeps 400 days, and so many entries', async () => {
    const audit = open(10);
    await audit.write(deed('old'));
    await clock.advance(401 * 86_400_000);
    for (let i = 0; i < 15; i++) await audit.write(deed(`a${i}`));
    audit.start();
    while ((await opened.store.audit.count()) > 10) await settled();
    const left = await actions(audit);
    assert.deepEqual([left.length, left[0], left.at(-1)], [10, 'a14', 'a5']);
    await audit.stop();
  });

  it('S26: who became administrator is pushed out neither by a flood of switching nor by one of refusals', async () => {
    const audit = open(10);
    const { audit: rows } = opened.store;
    // As an earlier version wrote it.
    const at = clock.now();
    const before = { actor: 'account:1', action: 'before pools', target: null, requestId: null };
    await rows.insert({ ...before, at });
    await audit.write(deed('accounts.change', 'rights'));
    await audit.write(deed('auth.login:CREDENTIALS_WRONG', 'security'));
    for (let i = 0; i < 30; i++) audit.record(deed(`devices.toggle ${i}`));
    for (let i = 0; i < 30; i++) audit.record(deed(`refused ${i}`, 'security'));
    await actions(audit);
    audit.start();
    while ((await rows.count()) > 22) await settled();
    const left = await actions(audit);
    assert.deepEqual(left.slice(-2), ['accounts.change', 'before pools']);
    const newestOf = (what: string) => Array.from({ length: 10 }, (_, n) => `${what} ${29 - n}`);
    assert.deepEqual(left.slice(0, 20), [...newestOf('refused'), ...newestOf('devices.toggle')]);
    await audit.stop();
  });
});
