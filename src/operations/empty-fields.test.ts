import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { z } from 'zod';
import { OPERATIONS } from './registry';
import { checkInput } from '../contract/check-input';
import { clearableFields, optionalFields } from '../contract/fields';

/** What may be absent of a thing, by the operation that changes it (CONTRACT §2). */
const TAKEN_AWAY = {
  'auth.profile': ['phone'],
  'devices.change': ['power', 'key', 'icon', 'maxPowerW', 'counterMaxKWh'],
  'sensors.change': ['key'],
  'notifications.change': ['webhookUrl'],
};

const changes = OPERATIONS.filter(
  ({ id, rest }) => rest.method === 'PUT' || Object.hasOwn(TAKEN_AWAY, id),
);

function operationOf(id: string) {
  const found = OPERATIONS.find((operation) => operation.id === id);
  assert.ok(found, id);
  return found;
}

describe('null and empty text', () => {
  it('take away what may be absent of a thing, and only that', () => {
    const clearable = OPERATIONS.map(({ id, input }) => [id, clearableFields(input)] as const);
    assert.deepEqual(
      Object.fromEntries(
        clearable
          .filter(([, names]) => names.length > 0)
          .map(([id, names]) => [id, [...names].sort()]),
      ),
      Object.fromEntries(Object.entries(TAKEN_AWAY).map(([id, names]) => [id, [...names].sort()])),
    );
    for (const [id, names] of Object.entries(TAKEN_AWAY)) {
      const operation = operationOf(id);
      const needed = 'id' in operation.input.shape ? { id: 1 } : {};
      for (const name of names) {
        for (const nothing of [null, '']) {
          const checked = checkInput(operation, { ...needed, [name]: nothing });
          assert.equal(checked[name], null, `${id} ${name}`);
        }
      }
    }
  });

  it('change nothing else in a change, whatever the field', () => {
    fc.assert(
      fc.property(fc.constantFrom(...changes), fc.constantFrom(null, ''), (operation, nothing) => {
        const { input } = operation;
        const kept = new Set(clearableFields(input));
        const needed = 'id' in input.shape ? { id: 1 } : {};
        for (const name of optionalFields(input)) {
          if (kept.has(name) || accepts(input.shape, name, nothing)) continue;
          if (operation.rest.method !== 'PUT' && nothing === null) continue;
          const checked = checkInput(operation, { ...needed, [name]: nothing });
          assert.deepEqual(checked, needed, `${operation.id} ${name}`);
        }
      }),
    );
  });

  it('are no value in a POST: text that is empty counts as absent, null is refused', () => {
    const made = { name: 'Lampe', type: 'light', room: 'Salon' };
    assert.deepEqual(
      checkInput(operationOf('devices.create'), { ...made, key: '', icon: '' }),
      made,
    );
    assert.throws(() => checkInput(operationOf('devices.create'), { ...made, key: null }), {
      code: 'INPUT_INVALID',
    });
  });
});

function accepts(shape: object, name: string, value: unknown): boolean {
  return (shape as Readonly<Record<string, z.ZodType>>)[name]?.safeParse(value).success === true;
}
