import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FaultyDisk } from '../../test/support/faulty-disk';
import { LONG, often } from '../../test/support/often';
import { TestHome } from '../../test/support/test-home';
import { memoryLogger } from '../../test/support/test-store';
import { LOCK_FILE } from '../adapters/store/nedb/lock';
import { openNedbStore } from '../adapters/store/nedb';
import { arrivedNow } from '../domain/intake/arrival';
import { AurionError } from '../contract/errors';
import type { Services } from '../services/services';
import { TABLES, type Store, type TableName } from '../ports/store';

const ADMIN = { name: 'ama', email: 'ama@maison.tg', password: 'ama aime la mer' };

/** What is written of a refusal, too: that it was tried. And what moves by itself. */
const BESIDE: readonly TableName[] = ['audit', 'attempts', 'turns', 'sendings'];

/** Settings in which services keep where they stand. */
const BY_ITSELF = /^(schedules\.dealtUntil|weather|away\.light)/;

/** What people see of what operations write. */
const SEEN = [
  'accounts.list',
  'devices.list',
  'sensors.list',
  'away.get',
  'settings.get',
  'notifications.get',
  'alerts.list',
  'energy.tariff',
] as const;

const id = fc.integer({ min: 1, max: 4 });
const text = fc.constantFrom('un', 'deux', 'trois');
const key = fc.constantFrom('a', 'b', 'c');
const role = fc.constantFrom('guest', 'user', 'admin');

/** Every operation that writes, with input that often does something. */
const INPUTS = {
  'devices.create': { name: text, type: fc.constant('light'), room: text, key },
  'devices.change': { id, name: text, key },
  'devices.delete': { id },
  'devices.adopt': {
    key: fc.constantFrom('neuf', 'autre'),
    name: text,
    type: fc.constant('light'),
    room: text,
  },
  'devices.credentials': { id },
  'sensors.create': { name: text, type: fc.constant('motion'), location: text, key },
  'sensors.change': { id, type: fc.constantFrom('motion', 'smoke', 'door'), location: text },
  'sensors.toggle': { id, enabled: fc.boolean() },
  'sensors.delete': { id },
  'sensors.adopt': {
    key: fc.constantFrom('neuf', 'autre'),
    name: text,
    type: fc.constant('motion'),
    location: text,
  },
  'sensors.credentials': { id },
  'schedules.create': {
    id,
    type: fc.constant('daily'),
    time: fc.constant('10:00'),
    action: fc.constant('on'),
  },
  'schedules.change': { id, enabled: fc.boolean() },
  'schedules.delete': { id },
  'accounts.create': {
    name: text,
    email: fc.constantFrom('kofi@maison.tg', 'afi@maison.tg'),
    password: fc.constant('une autre mer'),
    role,
  },
  'accounts.change': { id: fc.integer({ min: 2, max: 4 }), role, disabled: fc.boolean() },
  'accounts.delete': { id: fc.integer({ min: 2, max: 4 }) },
  'auth.register': {
    name: text,
    email: fc.constantFrom('esi@maison.tg', 'afi@maison.tg'),
    password: fc.constant('une autre mer'),
  },
  'auth.login': { email: fc.constant(ADMIN.email), password: fc.constant(ADMIN.password) },
  'auth.profile': { name: text, phone: text },
  'auth.change-password': {
    currentPassword: fc.constant(ADMIN.password),
    newPassword: fc.constant(ADMIN.password),
  },
  'auth.logout': {},
  'auth.logout-all': {},
  'away.set': { enabled: fc.boolean() },
  'settings.change': {
    theme: fc.constantFrom('dark', 'light'),
    awayDelayS: fc.integer({ min: 0, max: 9 }),
  },
  'notifications.change': { email: fc.boolean() },
  'alerts.raise': {
    source: key,
    severity: fc.constantFrom('info', 'warning', 'critical'),
    message: text,
  },
  'alerts.resolve': { source: key },
  'alerts.acknowledge': { id },
  'energy.alert-threshold': { threshold: id },
  'energy.set-tariff': {
    currency: fc.constantFrom('XOF', 'EUR'),
    versions: id.map((price) => [{ validFrom: '2026-01-01', kind: 'flat', price: `${price}` }]),
  },
} as const;

const step = fc.oneof(
  ...Object.entries(INPUTS).map(([operation, input]) =>
    fc.record({
      operation: fc.constant(operation),
      input: fc.record(input as Record<string, fc.Arbitrary<unknown>>),
      // Mostly within the operation's own steps.
      failsAt: fc.option(fc.integer({ min: 1, max: 14 }), { freq: 4 }),
    }),
  ),
);

interface Running {
  readonly store: Store;
}

describe('M19: an answer that says no', () => {
  it('changes nothing, in no table, to nobody, nor after a crash; what says yes is all there', async function () {
    this.timeout(1_200_000);
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 40, size: 'max' }),
        async (steps) => {
          const test = await TestHome.open({ demo: '1' });
          const disk = new FaultyDisk();
          try {
            await test.register('ama');
            hear(test, ['neuf', 'autre']);
            // In the evening away mode would switch lights in the middle of a look.
            const atFirst = await callOf(test, 'settings.change');
            await test.home.run('settings.change', { autoMode: false }, atFirst);
            await disk.watch();
            for (const { operation, input, failsAt } of steps) {
              const what = `${operation} ${JSON.stringify(input)} at ${failsAt}`;
              const call = await callOf(test, operation);
              // Looking signs in where nobody is, so that comes first.
              const seen = await seenBy(test);
              const before = [await rowsOf(test), seen] as const;
              disk.failAt(failsAt ?? Infinity);
              const refused = await test.home.run(operation, input, call).then(
                () => null,
                (error: unknown) => error,
              );
              disk.failAt(Infinity);
              if (refused !== null) {
                assert.ok(refused instanceof AurionError, `${what}: ${(refused as Error).stack}`);
                assert.deepEqual([await rowsOf(test), await seenBy(test)], before, what);
              }
              await fold(test);
              assert.deepEqual(await rowsAfterCrash(test), await rowsOf(test), what);
            }
          } finally {
            disk.restore();
            await test.remove();
          }
        },
      ),
      // Cases of its own each time only in the long form: the gate asks the same.
      { numRuns: often(3, 40), endOnFailure: true, ...(LONG ? {} : { seed: 15 }) },
    );
  });
});

function storeOf(test: TestHome): Store {
  return (test.home as unknown as { running: Running }).running.store;
}

/** Writes how things are where the disk was full, so that the next second does not do it in the middle of a look. */
async function fold(test: TestHome): Promise<void> {
  const { services } = (test.home as unknown as { running: { services: Services } }).running;
  await services.devices.fold();
  await services.sensors.fold();
}

async function contentsOf(store: Store): Promise<Record<string, unknown>> {
  const names = (Object.keys(TABLES) as TableName[]).filter((name) => !BESIDE.includes(name));
  const rows = await Promise.all(names.map((name) => store[name].list()));
  const tables = Object.fromEntries(names.map((name, n) => [name, rows[n] as { id: unknown }[]]));
  const settings = tables['settings']?.filter((row) => !BY_ITSELF.test(String(row.id)));
  // Telling is tried again by itself, and what became of it is written whenever that is.
  const alerts = tables['alerts']?.map((row) => ({ ...row, untold: 'beside' }));
  return { ...tables, settings, alerts };
}

function rowsOf(test: TestHome): Promise<Record<string, unknown>> {
  return contentsOf(storeOf(test));
}

/** What a start would find if the process died now. */
async function rowsAfterCrash(test: TestHome): Promise<Record<string, unknown>> {
  const copy = `${test.folder}-crash`;
  cpSync(test.folder, copy, { recursive: true });
  try {
    const folder = join(copy, 'store');
    rmSync(join(folder, LOCK_FILE));
    const store = await openNedbStore({ folder, logger: memoryLogger() });
    const contents = await contentsOf(store);
    await store.close();
    return contents;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function seenBy(test: TestHome): Promise<unknown[]> {
  const call = await callOf(test, 'devices.list');
  return Promise.all(SEEN.map((operation) => test.home.run(operation, {}, call)));
}

async function callOf(test: TestHome, operation: string) {
  const origin = { loopback: true, address: '127.0.0.1' };
  const asNobody = { actor: null, requestId: 'm19', origin } as const;
  if (operation === 'auth.login' || operation === 'auth.register') return asNobody;
  const [session] = await storeOf(test).sessions.list({ where: { accountId: 1 } });
  if (!session) {
    await test.home.run('auth.login', { email: ADMIN.email, password: ADMIN.password }, asNobody);
    return callOf(test, operation);
  }
  const actor = { kind: 'account', accountId: 1, name: 'ama', role: 'admin' } as const;
  return { ...asNobody, actor: { ...actor, sessionId: session.id } };
}

/** Things speak without being registered. */
function hear(test: TestHome, keys: readonly string[]): void {
  const { services } = (test.home as unknown as { running: { services: Services } }).running;
  const arrival = arrivedNow(Date.now());
  for (const each of keys) {
    const said = { payload: Buffer.from('{"status":true,"motion":true}'), retained: false };
    const [lamp, sensor] = [`aurion/devices/${each}/status`, `aurion/sensors/${each}/data`];
    services.devices.understand({ ...said, topic: lamp, duplicate: false }, arrival);
    services.sensors.understand({ ...said, topic: sensor, duplicate: false }, arrival);
  }
}
