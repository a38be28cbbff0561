import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AurionError } from '../contract/errors';
import type { Actor } from '../contract/actor';
import { deedOf, failedDeedOf } from './audited';
import { findOperation } from './registry';

const ORIGIN = { loopback: false, address: '192.0.2.7' };
const guest: Actor = { kind: 'account', accountId: 2, name: 'K', role: 'guest', sessionId: 's' };
const admin: Actor = { ...guest, accountId: 1, role: 'admin' };
const flow: Actor = { kind: 'flow', nodeId: 'n1', role: 'admin' };

describe('what gives way to a deed in the audit', () => {
  const poolOf = (id: string, actor: Actor | null, answer: unknown = {}) =>
    deedOf(findOperation(id), { actor, requestId: 'r', origin: ORIGIN }, {}, answer, null).pool;

  it('S26: nothing that only administrators did, whatever others or flows do over and over', () => {
    const signedIn = (role: string) => ({ user: { id: 1, role } });
    assert.equal(poolOf('accounts.change', admin), 'rights');
    assert.equal(poolOf('accounts.change', flow), 'rights');
    assert.equal(poolOf('devices.credentials', admin), 'rights');
    assert.equal(poolOf('auth.register', null, signedIn('admin')), 'rights');
    assert.equal(poolOf('auth.register', null, signedIn('guest')), 'security');
    assert.equal(poolOf('auth.login', null, signedIn('admin')), 'security');
    assert.equal(poolOf('auth.profile', guest), 'security');
    assert.equal(poolOf('energy.set-tariff', flow), 'daily');
    assert.equal(poolOf('devices.toggle', guest), 'daily');
  });

  it('S26: of what failed only other failures, and what else is done with accounts; a lamp that fails only the rest', () => {
    const failed = (id: string, code: 'ACCESS_DENIED' | 'ADMIN_LAST' | 'DEVICE_TIMEOUT') => {
      const call = { actor: guest, requestId: 'r', origin: ORIGIN };
      return failedDeedOf(findOperation(id), call, { id: 3 }, new AurionError(code), null);
    };
    assert.equal(failed('accounts.change', 'ACCESS_DENIED')?.pool, 'security');
    assert.equal(failed('devices.delete', 'ACCESS_DENIED')?.pool, 'security');
    assert.equal(failed('accounts.delete', 'ADMIN_LAST')?.pool, 'security');
    assert.equal(failed('devices.toggle', 'DEVICE_TIMEOUT')?.pool, 'daily');
  });
});
