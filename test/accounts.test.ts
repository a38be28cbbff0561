import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'mocha';
import { SMTPServer } from 'smtp-server';
import { WebSocket } from 'ws';
import { AurionProcess, ROOT } from './support/aurion-process';

const CANARIES = [
  'canari du facteur',
  'canari tout neuf',
  'canari par courrier',
  'canari au clavier',
];
const [POSTMAN, CHANGED, BY_MAIL, BY_HAND] = CANARIES as [string, string, string, string];

/** Accounts through the flow, a real mail server, and the `aurion` command. */
describe('accounts, whole', () => {
  const mails: string[] = [];
  const post = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) => {
      if (password === POSTMAN) done(null, { user: username });
      else done(new Error('no'));
    },
    onData: (stream, _session, done) => {
      text(stream).then((source) => {
        mails.push(source);
        post.emit('mail');
        done();
      }, done);
    },
  });
  let aurion: AurionProcess;
  before(async () => {
    post.listen(0, '127.0.0.1');
    await once(post.server, 'listening');
    const { port } = post.server.address() as AddressInfo;
    aurion = await AurionProcess.start({
      env: {
        AURION_RATE_LIMIT: 'on',
        AURION_SMTP_URL: `smtp://aurion:${encodeURIComponent(POSTMAN)}@127.0.0.1:${port}`,
        AURION_MAIL_FROM: 'Aurion <aurion@maison.example>',
      },
    });
  });
  after(async () => {
    await aurion.remove();
    await new Promise<void>((resolve) => post.close(() => resolve()));
  });

  const login = async (password: string) => {
    const body = { email: 'ama@maison.tg', password };
    const answer = await aurion.request<{ token: string }>('POST', '/auth/login', { body });
    return { status: answer.status, token: answer.body.token };
  };

  async function page(token: string): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${aurion.port}/ws`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'auth', token }));
    await once(socket, 'message');
    return socket;
  }

  /** Runs `aurion` as from a shell. */
  async function command(args: readonly string[], input = '') {
    const child = spawn(process.execPath, [join(ROOT, 'dist', 'bin', 'aurion.js'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', AURION_DATA: aurion.userDir },
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ]);
    return { out, err, code };
  }

  it('S4: with a new password the pages of other sessions are closed with 4401, this one stays', async () => {
    const here = await aurion.register('ama');
    const { token: there } = await login('ama aime la mer');
    const [mine, other] = [await page(here), await page(there)];
    const closed = once(other, 'close') as Promise<[number]>;
    const { status } = await aurion.request('POST', '/auth/change-password', {
      token: here,
      body: { currentPassword: 'ama aime la mer', newPassword: CHANGED },
    });
    assert.equal(status, 200);
    assert.equal((await closed)[0], 4401);
    const answer = once(mine, 'message') as Promise<[Buffer]>;
    await aurion.request('POST', '/devices/2/toggle', { token: here });
    assert.match((await answer)[0].toString(), /device\.status/);
    mine.terminate();
    assert.equal((await aurion.request('GET', '/auth/me', { token: there })).status, 401);
  });

  it('S4: a role that changes, disabling and deletion close the pages of the account', async () => {
    const { token } = await login(CHANGED);
    const kofi = { email: 'kofi@maison.tg', password: 'kofi aime la mer' };
    await aurion.register('kofi');
    for (const [method, body] of [
      ['PUT', { role: 'user' }],
      ['PUT', { disabled: true }],
      ['DELETE', undefined],
    ] as const) {
      const signedIn = await aurion.request<{ token: string }>('POST', '/auth/login', {
        body: kofi,
      });
      const socket = await page(signedIn.body.token);
      const closed = once(socket, 'close') as Promise<[number]>;
      await aurion.request(method, '/auth/users/2', { token, body });
      assert.equal((await closed)[0], 4401);
      if (body && 'disabled' in body) {
        await aurion.request('PUT', '/auth/users/2', { token, body: { disabled: false } });
      }
    }
    await aurion.register('kofi');
  });

  it('a forgotten password: the mail comes, its code works once, and ends every session', async () => {
    const { token } = await login(CHANGED);
    const arrived = once(post, 'mail');
    const asked = await aurion.request('POST', '/auth/reset-password', {
      body: { email: 'ama@maison.tg' },
    });
    assert.equal(asked.status, 200);
    await arrived;
    const [mail = ''] = mails;
    assert.match(mail, /^From: Aurion <aurion@maison\.example>\r$/m);
    const [resetToken] = /^[\w-]{43}(?=\r$)/m.exec(mail.replaceAll('=\r\n', '')) ?? [];
    const confirm = () =>
      aurion.request('POST', '/auth/reset-password/confirm', {
        body: { resetToken, newPassword: BY_MAIL },
      });
    assert.equal((await confirm()).status, 200);
    assert.equal((await confirm()).body.code, 'RESET_TOKEN_INVALID');
    assert.equal((await aurion.request('GET', '/auth/me', { token })).status, 401);
    assert.equal((await login(BY_MAIL)).status, 200);
  });

  it('aurion set-password says that Aurion runs, while it does', async () => {
    const { code, err } = await command(['set-password', 'ama@maison.tg'], `${BY_HAND}\n`);
    assert.equal(code, 1);
    assert.match(err, /in use by another process.*\nStop Node-RED first/);
    assert.equal((await login(BY_MAIL)).status, 200);
  });

  it('S4: aurion set-password gives a password while Node-RED is stopped, and ends the sessions', async () => {
    const { token } = await login(BY_MAIL);
    await aurion.stop();
    const refused = await command(['set-password', 'AMA@maison.tg'], 'court\n');
    assert.deepEqual([refused.code, refused.out], [1, '']);
    assert.match(refused.err, /at least 8 characters/);
    const unknown = await command(['set-password', 'nobody@maison.tg'], `${BY_HAND}\n`);
    assert.deepEqual(
      [unknown.code, unknown.err],
      [1, 'No account has the e-mail nobody@maison.tg\n'],
    );
    const { code, out, err } = await command(['set-password', 'AMA@maison.tg'], `${BY_HAND}\n`);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^The password of AMA@maison\.tg is set/);
    await aurion.launch();
    assert.equal((await aurion.request('GET', '/auth/me', { token })).status, 401);
    assert.equal((await login(BY_MAIL)).status, 401);
    const again = await login(BY_HAND);
    assert.equal(again.status, 200);
    const audit = await aurion.request<{ actor: string; action: string; target: string }[]>(
      'GET',
      '/audit',
      { token: again.token },
    );
    const byHand = audit.body.find(({ actor }) => actor === 'cli');
    assert.deepEqual([byHand?.action, byHand?.target], ['auth.set-password', 'account:1']);
  });

  it('aurion takes no password as an argument, and says what it can', async () => {
    const argument = await command(['set-password', 'ama@maison.tg', BY_HAND]);
    assert.equal(argument.code, 2);
    assert.match(argument.err, /no argument/);
    const help = await command(['--help']);
    assert.deepEqual([help.code, help.err], [0, '']);
    assert.match(help.out, /aurion set-password <e-mail>/);
    assert.equal((await command(['dance'])).code, 2);
    const elsewhere = await command(['set-password', 'a@b.tg', '--data', ROOT], 'x\n');
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.err, /no home "home" in/);
  });

  it('S7: the default start limits: the eleventh wrong password is 429', async () => {
    const body = { email: 'kofi@maison.tg', password: 'faux' };
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      statuses.push((await aurion.request('POST', '/auth/login', { body })).status);
    }
    assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429]);
  });

  it('S21: no password, of people or of the mail server, is in any file or in the log', async () => {
    await aurion.stop();
    // `node_modules` leads here, to this test.
    const files = readdirSync(aurion.userDir)
      .filter((name) => name !== 'node_modules')
      .map((name) => join(aurion.userDir, name))
      .flatMap((path) => (statSync(path).isFile() ? [path] : filesIn(path)));
    assert.ok(files.length > 10);
    const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
    texts.set('the log', aurion.log);
    const found = [...texts].filter(([, content]) =>
      CANARIES.some((canary) => content.includes(canary) || content.includes(encodeURI(canary))),
    );
    assert.deepEqual(
      found.map(([where]) => where),
      [],
    );
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
