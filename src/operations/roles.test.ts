import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { z } from 'zod';
import { TestHome } from '../../test/support/test-home';
import { createJwtTokens } from '../adapters/crypto/jwt-tokens';
import type { ErrorCode } from '../contract/errors';
import { INSIDE } from '../contract/operation';
import { ROLES, satisfies, type RequiredRole, type Role } from '../contract/role';
import { operation } from './operation';
import { OPERATIONS } from './registry';

const jwtSecret = 'e7Yq0f3vR1kTzL9wB5nXcM2sJhPdUaGo';

/** Tokens that let nobody in, and what they are told. */
const REFUSED = {
  'no token': 'TOKEN_MISSING',
  'what is no token': 'TOKEN_INVALID',
  'a token of algorithm none': 'TOKEN_INVALID',
  'a token signed with another secret': 'TOKEN_INVALID',
  'an administrator of another home': 'TOKEN_INVALID',
  'an expired token of the administrator': 'SESSION_EXPIRED',
  'a token after its logout': 'SESSION_EXPIRED',
  'a token of a deleted account': 'SESSION_EXPIRED',
} as const satisfies Record<string, ErrorCode>;

const STATUS = { TOKEN_MISSING: 401, TOKEN_INVALID: 403, SESSION_EXPIRED: 401, ACCESS_DENIED: 403 };

/** Every operation with every kind of caller: generated, so that a new operation is in it at once. */
describe('roles', () => {
  let test: TestHome;
  let other: TestHome;
  const refused = new Map<string, string>();
  before(async () => {
    test = await TestHome.open({}, { jwtSecret });
    // The same secret, so that only the key tells the two homes apart.
    other = await TestHome.open({ key: 'other' }, { jwtSecret });
    const admin = await test.register('admin');
    for (const name of ['user', 'guest', 'gone']) await test.register(name);
    await test.request('PUT', '/auth/users/2', { token: admin, json: { role: 'user' } });

    const left = await tokenOf('guest');
    await test.request('POST', '/auth/logout', { token: left });
    const gone = await tokenOf('gone');
    await test.request('DELETE', '/auth/users/4', { token: admin });
    const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload = ''] = admin.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string };
    const expired = { sessionId: claims.jti, accountId: 1, expiresAt: Date.now() - 1000 };
    const sign = (secret: string, expiresAt: number) =>
      createJwtTokens({ secret, homeKey: 'home' }).sign({ ...expired, expiresAt });
    refused.set('what is no token', 'a.b.c');
    refused.set('a token of algorithm none', `${b64({ alg: 'none', typ: 'JWT' })}.${payload}.`);
    refused.set(
      'a token signed with another secret',
      sign('another-Secret-9f4b2c7d1e8a6f3b5c0d', Date.now() + 60_000),
    );
    refused.set('an administrator of another home', await other.register('admin'));
    refused.set('an expired token of the administrator', sign(jwtSecret, expired.expiresAt));
    refused.set('a token after its logout', left);
    refused.set('a token of a deleted account', gone);
    assert.deepEqual([...refused.keys()].sort(), Object.keys(REFUSED).slice(1).sort());
  });
  after(async () => {
    await test.remove();
    await other.remove();
  });

  /** A token of its own for each try: some operations end the session. */
  async function tokenOf(name: string): Promise<string> {
    const json = { email: `${name}@maison.tg`, password: `${name} aime la mer` };
    const { body, status } = await test.request('POST', '/auth/login', { json });
    assert.equal(status, 200, JSON.stringify(body));
    return body['token'] as string;
  }

  for (const { id, role: required, rest } of OPERATIONS) {
    const ask = (token: string | undefined) =>
      test.request(rest.method, rest.path.replace(/:\w+/g, '1'), {
        ...(token !== undefined && { token }),
        ...(rest.method === 'GET' ? {} : { json: {} }),
      });

    for (const [caller, code] of Object.entries(REFUSED)) {
      const lets = required === 'public';
      it(`S12: ${id} (${required}) ${lets ? 'does not mind' : 'refuses'} ${caller}`, async () => {
        const { status, body } = await ask(refused.get(caller));
        if (lets) assert.ok(status !== 401 && status !== 403, JSON.stringify(body));
        else assert.deepEqual([status, body.code], [STATUS[code], code]);
      });
    }

    for (const role of ROLES) {
      const allowed = required === 'public' || satisfies(role, required);
      it(`S12: ${id} (${required}) ${allowed ? 'lets' : 'does not let'} ${role} in`, async () => {
        const { status, body } = await ask(await tokenOf(role));
        if (allowed) assert.ok(status !== 401 && status !== 403, JSON.stringify(body));
        else assert.deepEqual([status, body.code], [403, 'ACCESS_DENIED']);
      });

      it(`S12: ${id} (${required}) ${allowed ? 'runs' : 'does not run'} for a flow as ${role}`, async () => {
        const actor = { kind: 'flow', nodeId: 'n', role } as const;
        const code = await run(id, actor);
        if (allowed) assert.ok(code !== 'ACCESS_DENIED' && code !== 'TOKEN_MISSING', code);
        else assert.equal(code, 'ACCESS_DENIED');
      });
    }

    if (required !== 'public') {
      it(`S12: ${id} does not run for nobody, wherever the message came from`, async () => {
        assert.equal(await run(id, null), 'TOKEN_MISSING');
      });
    }
  }

  async function run(
    operationId: string,
    actor: { kind: 'flow'; nodeId: string; role: Role } | null,
  ): Promise<string> {
    try {
      // An input that no operation takes, so that nothing happens beyond the check of the role.
      const input = { noOperationTakesThis: true };
      await test.home.run(operationId, input, { actor, requestId: 'r', origin: INSIDE });
    } catch (error) {
      return (error as { code: string }).code;
    }
    throw new Error(`${operationId} takes an unknown field`);
  }

  it('S12: an operation without a declared role does not compile, and each one there has a known one', () => {
    const { input, answer } = { input: z.strictObject({}), answer: z.object({}) };
    const whole = {
      ...({ id: 'x.y', group: 'devices', errors: [], input, answer } as const),
      summary: { fr: 'x', en: 'x' },
      rest: { method: 'GET', path: '/x' } as const,
      run: () => ({}),
    };
    // @ts-expect-error -- the role is missing
    operation(whole);
    const known: readonly RequiredRole[] = ['public', ...ROLES];
    for (const { id, role } of OPERATIONS) assert.ok(known.includes(role), id);
  });
});
