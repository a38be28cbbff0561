import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { TestHome, type RawAnswer } from '../../../test/support/test-home';
import { presentable } from '../../contract/errors';
import type { Account } from '../../contract/account';
import type { AuditEntry } from '../../contract/audit';

/** The accounts as REST answers them. */
describe('the accounts over REST', () => {
  let test: TestHome;
  let admin: string;
  beforeEach(async () => {
    test = await TestHome.open({ rateLimit: 'on', demo: '0' });
    admin = await test.register('ama');
  });
  afterEach(() => test.remove());

  const call = (method: string, path: string, json?: object, token = admin) =>
    test.request(method, path, { token, ...(json && { json }) });
  const list = <T>({ body }: RawAnswer) => body as unknown as T[];
  const login = (password: string, email = 'ama@maison.tg') =>
    test.request('POST', '/auth/login', { json: { email, password } });

  it('PUT /auth/profile changes what it names; an e-mail that is taken is refused as at register', async () => {
    const changed = await call('PUT', '/auth/profile', { name: ' Ama K. ', phone: '90' });
    const me = { id: 1, name: 'Ama K.', email: 'ama@maison.tg', phone: '90', role: 'admin' };
    assert.deepEqual([changed.status, changed.body], [200, me]);
    assert.deepEqual((await call('PUT', '/auth/profile', { name: '', email: null })).body, me);
    for (const nothing of ['', null]) {
      await call('PUT', '/auth/profile', { phone: '90' });
      assert.equal((await call('PUT', '/auth/profile', { phone: nothing })).body['phone'], null);
    }
    await test.register('kofi');
    const currentPassword = 'ama aime la mer';
    const taken = await call('PUT', '/auth/profile', { email: 'KOFI@maison.tg', currentPassword });
    assert.deepEqual([taken.status, taken.body.message], [400, 'Cet email est déjà utilisé']);
    assert.equal((await call('PUT', '/auth/profile', { email: 'AMA@maison.tg' })).status, 200);
  });

  it('S7: another e-mail takes the current password: whoever has but the session can neither take the account nor find out who has one', async () => {
    await test.register('kofi');
    const change = (json: object) => call('PUT', '/auth/profile', { name: 'Ama', ...json });
    for (const email of ['voleur@maison.tg', 'kofi@maison.tg']) {
      for (const proof of [{}, { currentPassword: '' }, { currentPassword: 'kofi aime la mer' }]) {
        const { status, body } = await change({ email, ...proof });
        const message = 'Le mot de passe actuel manque ou est incorrect';
        assert.deepEqual([status, body.code, body.message], [400, 'PASSWORD_WRONG', message]);
      }
    }
    // As the page's form sends it.
    const same = await change({ name: 'Ama K.', email: 'ama@maison.tg', phone: '90' });
    assert.deepEqual([same.status, same.body['phone']], [200, '90']);
    const right = { email: 'ama.k@maison.tg', currentPassword: 'ama aime la mer' };
    assert.equal((await change(right)).status, 200);
    assert.equal((await login('ama aime la mer', 'ama.k@maison.tg')).status, 200);
    assert.equal((await login('ama aime la mer')).status, 401);
    const entries = list<AuditEntry>(await call('GET', '/audit'));
    const tried = entries.filter(({ action }) => action === 'auth.profile:PASSWORD_WRONG');
    assert.deepEqual([tried.length, tried[0]?.actor], [6, 'account:1']);
  });

  it('S1: neither role nor operators nor unknown fields get in by profile, password or users', async () => {
    const bodies: [string, string, object][] = [
      ['PUT', '/auth/profile', { role: 'admin' }],
      ['PUT', '/auth/profile', { email: { $ne: null } }],
      ['POST', '/auth/change-password', { currentPassword: { $ne: 1 }, newPassword: 'x' }],
      ['POST', '/auth/reset-password', { email: { $gt: '' } }],
      ['POST', '/auth/reset-password/confirm', { resetToken: { $ne: 1 }, newPassword: 'x' }],
      ['POST', '/auth/users', { name: 'x', email: 'x@y.tg', password: 'une mer', role: 'root' }],
      ['PUT', '/auth/users/1', { role: 'guest', passwordHash: 'x' }],
      ['PUT', '/auth/users/1', { disabled: 'true' }],
    ];
    for (const [method, path, json] of bodies) {
      assert.equal((await call(method, path, json)).status, 400, `${method} ${path}`);
    }
    const query = '/audit?limit=1&limit=2';
    assert.equal((await call('GET', query)).status, 400);
    assert.equal((await call('GET', '/audit?limit[$gt]=1')).status, 400);
  });

  it('S24: the audit answers at most 500 at once', async () => {
    for (const bad of ['limit=501', 'limit=0', 'limit=1000000', 'cursor=x', 'from=yesterday']) {
      assert.equal((await call('GET', `/audit?${bad}`)).status, 400, bad);
    }
  });

  it('S4: what was let in and waits in a flow is refused once its account is gone, disabled or lowered, or its session ended', async () => {
    await test.register('kofi');
    const device = { name: 'Lampe', type: 'light', room: 'Salon' };
    await call('PUT', '/auth/users/2', { role: 'user' });
    const ends: [string, () => Promise<unknown>][] = [
      ['ACCESS_DENIED', () => call('PUT', '/auth/users/2', { role: 'guest' })],
      ['SESSION_EXPIRED', () => call('PUT', '/auth/users/2', { disabled: true })],
      ['SESSION_EXPIRED', () => call('DELETE', '/auth/users/2')],
    ];
    for (const [code, end] of ends) {
      await call('PUT', '/auth/users/2', { role: 'user', disabled: false });
      const { body } = await login('kofi aime la mer', 'kofi@maison.tg');
      let goOn = (): void => undefined;
      const waits = new Promise<void>((resolve) => (goOn = resolve));
      const { gate } = test;
      const letIn = new Promise<void>((resolve) => {
        test.gate = () => (exchange) => {
          void test.home.authenticate(exchange.token).then(async (actor) => {
            resolve();
            await waits;
            test.gate = gate;
            const { requestId, origin } = exchange;
            test.home
              .run('devices.create', device, { actor, requestId, origin })
              .then((made) => exchange.succeed(made))
              .catch((error: unknown) => exchange.fail(presentable(error)));
          });
        };
      });
      const asked = call('POST', '/devices', device, body['token'] as string);
      await letIn;
      test.gate = gate;
      await end();
      goOn();
      // A lowered role ends its sessions, too.
      const { body: answer } = await asked;
      assert.ok([code, 'SESSION_EXPIRED'].includes(String(answer.code)), JSON.stringify(answer));
    }
    assert.deepEqual(list(await call('GET', '/devices')), []);
  });

  it('S4: a changed password ends the other sessions and keeps this one', async () => {
    const other = (await login('ama aime la mer')).body['token'] as string;
    const wrong = await call('POST', '/auth/change-password', {
      currentPassword: 'x',
      newPassword: 'une autre mer',
    });
    assert.deepEqual([wrong.status, wrong.body.code], [400, 'PASSWORD_WRONG']);
    const right = await call('POST', '/auth/change-password', {
      currentPassword: 'ama aime la mer',
      newPassword: 'une autre mer',
    });
    assert.equal(right.status, 200);
    assert.equal((await call('GET', '/auth/me')).status, 200);
    const ended = await call('GET', '/auth/me', undefined, other);
    assert.deepEqual([ended.status, ended.body.message], [401, 'Session expirée']);
    assert.equal((await login('ama aime la mer')).status, 401);
    assert.equal((await login('une autre mer')).status, 200);
  });

  const REFUSED: Record<string, [password: string, message: string]> = {
    'under 8 characters': ['court12', 'Mot de passe refusé : au moins 8 caractères'],
    'over 72 bytes': ['é'.repeat(37), 'Mot de passe refusé : 72 octets au plus'],
    'in the list of most common': [
      'Password1',
      'Mot de passe refusé : trop courant, il serait deviné en premier',
    ],
    'equal to the e-mail': ['KOFI@maison.tg', "Mot de passe refusé : différent de l'email"],
  };
  for (const [name, [password, message]] of Object.entries(REFUSED)) {
    it(`S9: a password ${name}: 400, and the message itself says what is wanted`, async () => {
      const person = { name: 'Kofi', email: 'kofi@maison.tg', password };
      for (const [path, json] of [
        ['/auth/register', person],
        ['/auth/users', { ...person, role: 'guest' }],
      ] as const) {
        const { status, body } = await call('POST', path, json);
        assert.deepEqual([status, body.code, body.message], [400, 'PASSWORD_REFUSED', message]);
        assert.equal((body['details'] as { path: string }[])[0]?.path, 'password');
      }
    });
  }

  it('S9: no composition rules', async () => {
    const json = { name: 'Kofi', email: 'kofi@maison.tg', password: 'ma mer bleue' };
    assert.equal((await call('POST', '/auth/register', json)).status, 200);
  });

  it('administrators make, list, change and delete accounts', async () => {
    const kofi = { name: 'Kofi', email: 'kofi@maison.tg', password: 'kofi aime la mer' };
    const made = await call('POST', '/auth/users', { ...kofi, role: 'user' });
    assert.equal(made.status, 201);
    const { createdAt, ...shown } = made.body as unknown as Account;
    assert.deepEqual(shown, {
      id: 2,
      name: 'Kofi',
      email: 'kofi@maison.tg',
      phone: null,
      role: 'user',
      disabled: false,
    });
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(
      list<Account>(await call('GET', '/auth/users')).map(({ id, role }) => [id, role]),
      [
        [1, 'admin'],
        [2, 'user'],
      ],
    );
    const disabled = await call('PUT', '/auth/users/2', { disabled: true });
    assert.deepEqual([disabled.status, disabled.body['disabled']], [200, true]);
    const refused = await login(kofi.password, kofi.email);
    assert.deepEqual([refused.status, refused.body.code], [403, 'ACCOUNT_DISABLED']);
    assert.equal((await call('DELETE', '/auth/users/2')).status, 204);
    assert.equal((await call('DELETE', '/auth/users/2')).status, 404);
    const last = await call('PUT', '/auth/users/1', { role: 'user' });
    assert.deepEqual([last.status, last.body.code], [409, 'ADMIN_LAST']);
  });

  it('S6: reset-password answers the same for any e-mail', async () => {
    const answers = [];
    for (const email of ['ama@maison.tg', 'nobody@maison.tg']) {
      const { status, body } = await test.request('POST', '/auth/reset-password', {
        json: { email },
      });
      answers.push([status, body]);
    }
    assert.deepEqual(answers[0], [200, { success: true }]);
    assert.deepEqual(answers[1], answers[0]);
  });

  it('S7: too many wrong passwords: 429, Retry-After, and a message; the right one from here still works', async () => {
    for (let i = 0; i < 10; i++) assert.equal((await login('wrong')).status, 401);
    const { status, headers, body } = await login('wrong');
    assert.deepEqual([status, body.code], [429, 'ATTEMPTS_EXCEEDED']);
    const seconds = Number(headers['retry-after']);
    assert.ok(seconds > 880 && seconds <= 900, String(seconds));
    assert.equal(body.message, `Trop de tentatives, réessayez dans ${seconds} s`);
    assert.equal((await login('ama aime la mer')).status, 200);
  });

  it('S7: an account has a rate of reads, of writes and of commands, each its own', async () => {
    const statuses = async (times: number, path: string, method = 'GET') => {
      const answers = [];
      for (let i = 0; i < times; i++) answers.push(await call(method, path));
      return answers;
    };
    const reads = await statuses(640, '/devices/99');
    const [first] = reads.filter(({ status }) => status === 429);
    assert.equal(first?.body.code, 'RATE_EXCEEDED');
    assert.equal(first.headers['retry-after'], '1');
    assert.ok(reads.slice(0, 600).every(({ status }) => status === 404));
    const commands = await statuses(125, '/devices/99/toggle', 'POST');
    assert.ok(commands.slice(0, 120).every(({ status }) => status === 404));
    assert.ok(commands.some(({ status }) => status === 429));
    assert.equal((await call('PUT', '/auth/profile', { name: 'Ama' })).status, 200);
  });

  it('S7: what meters, sensors and devices say by REST comes at the rate of reads', async () => {
    for (const path of [
      '/energy/meters/99/readings',
      '/security/sensors/99/readings',
      '/devices/99/status',
    ]) {
      // More than an account may write in a minute.
      for (let i = 0; i < 125; i++) assert.equal((await call('POST', path)).status, 404, path);
    }
  });

  it('S8: of 200 sign-ins at once each is answered within moments, and health stays quick', async () => {
    const start = performance.now();
    let under = true;
    const health: number[] = [];
    const watching = (async () => {
      while (under) {
        const asked = performance.now();
        await test.request('GET', '/health/live');
        health.push(performance.now() - asked);
      }
    })();
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const { status } = await login('wrong', `p${i}@maison.tg`);
        return { status, afterMs: performance.now() - start };
      }),
    );
    under = false;
    await watching;
    assert.deepEqual(
      statuses.filter(({ status }) => ![401, 429, 503].includes(status)),
      [],
    );
    assert.ok(statuses.some(({ status }) => status === 503));
    health.sort((a, b) => a - b);
    const p99 = health[Math.floor(health.length * 0.99)] ?? 0;
    // 100 ms on a machine of its own; other tests run here.
    assert.ok(p99 < 1000, `health p99 ${p99} ms`);
  });

  it('the audit tells sign-ins, refusals, role changes and commands, to administrators', async () => {
    await login('wrong');
    await login('wrong', 'nobody@maison.tg');
    const guest = await test.register('kofi');
    await call('PUT', '/auth/users/2', { role: 'user', disabled: false });
    await call('POST', '/devices', { name: 'Lampe', type: 'light', room: 'Salon' });
    const toggled = await call('POST', '/devices/1/toggle');
    await call('GET', '/devices');
    assert.equal((await call('GET', '/audit', undefined, guest)).status, 401, 'its role changed');
    const entries = list<AuditEntry>(await call('GET', '/audit'));
    assert.deepEqual(
      entries.map(({ actor, action, target }) => [actor, action, target]),
      [
        ['account:1', 'devices.toggle', 'device:1'],
        ['account:1', 'devices.create', 'device:1'],
        ['account:1', 'accounts.change', 'account:2 role=user disabled=false'],
        ['address:127.0.0.1', 'auth.register', 'account:2'],
        ['address:127.0.0.1', 'auth.login:CREDENTIALS_WRONG', null],
        ['address:127.0.0.1', 'auth.login:CREDENTIALS_WRONG', 'account:1'],
        ['address:127.0.0.1', 'auth.register', 'account:1'],
      ],
    );
    assert.equal(entries[0]?.requestId, toggled.headers['x-request-id']);
    const [newest] = list<AuditEntry>(await call('GET', '/audit?limit=1'));
    const [next] = list<AuditEntry>(await call('GET', `/audit?limit=1&cursor=${newest?.cursor}`));
    assert.deepEqual(next, entries[1]);
    assert.doesNotMatch(JSON.stringify(entries), /nobody|maison\.tg/);
  });

  it('rateLimit off is a warning at the start', async () => {
    const off = await TestHome.open({ rateLimit: 'off' });
    assert.match(off.logger.lines.join('\n'), /warn: Rate limits are off/);
    assert.doesNotMatch(test.logger.lines.join('\n'), /Rate limits/);
    await off.remove();
  });

  it('S21: a secret of a mail server that is none is not in the log', async () => {
    const bad = await TestHome.open({}, { smtpUrl: 'http://canari:canari@mail' });
    assert.match(bad.logger.lines.join('\n'), /error: No mail is sent: smtpUrl must be/);
    assert.doesNotMatch(bad.logger.lines.join('\n'), /canari/);
    await bad.remove();
  });
});
