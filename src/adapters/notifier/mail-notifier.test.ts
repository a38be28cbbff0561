import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'mocha';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createMailNotifier, isMailUrl } from './mail-notifier';

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

const MAIL = { to: 'ama@maison.tg', subject: 'Aurion : clé', text: 'Bonjour Kôfi,\n.\nligne\n' };

describe('mail', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  /** A real mail server. @returns its port and what it takes */
  async function serve(options: SMTPServerOptions = {}): Promise<{ port: number; taken: Taken[] }> {
    const taken: Taken[] = [];
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onData: (stream, { envelope }, done) => {
        text(stream).then((source) => {
          const { mailFrom, rcptTo } = envelope;
          const from = mailFrom === false ? '' : mailFrom.address;
          taken.push({ from, to: rcptTo.map(({ address }) => address), source });
          done();
        }, done);
      },
      ...options,
    });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    return { port: (server.server.address() as AddressInfo).port, taken };
  }

  async function listen(answer: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      answer(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return (server.address() as AddressInfo).port;
  }

  it('goes out over SMTP, whole, from who is said', async () => {
    const { port, taken } = await serve();
    const from = 'Aurion <aurion@maison.example>';
    await createMailNotifier({ url: `smtp://127.0.0.1:${port}`, from }).send(MAIL);
    const [mail] = taken;
    assert.deepEqual([mail?.from, mail?.to], ['aurion@maison.example', ['ama@maison.tg']]);
    assert.match(mail!.source, /^From: Aurion <aurion@maison\.example>\r$/m);
    assert.match(mail!.source, /^Subject: =\?UTF-8\?Q\?Aurion_=3A_cl=C3=A9\?=\r$/m);
    assert.match(mail!.source, /Bonjour K=C3=B4fi,/);
  });

  it('signs in as the address says; its user is the sender where none is named', async () => {
    const seen: unknown[] = [];
    const { port, taken } = await serve({
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        seen.push([username, password]);
        done(null, { user: username });
      },
    });
    const account = `${encodeURIComponent('aurion@maison.tg')}:${encodeURIComponent('m/ot@clé')}`;
    await createMailNotifier({ url: `smtp://${account}@127.0.0.1:${port}`, from: null }).send(MAIL);
    assert.deepEqual(seen, [['aurion@maison.tg', 'm/ot@clé']]);
    assert.equal(taken[0]?.from, 'aurion@maison.tg');
  });

  it('an e-mail is one recipient, whatever it looks like', async () => {
    const { port, taken } = await serve();
    const notifier = createMailNotifier({ url: `smtp://127.0.0.1:${port}`, from: 'a@b.example' });
    await notifier.send({ ...MAIL, subject: 'x\r\nBcc: evil@x.example' });
    assert.deepEqual(taken[0]?.to, ['ama@maison.tg']);
    assert.doesNotMatch(taken[0].source, /^Bcc:/m);
  });

  it('F12: a server that refuses, or the sign-in, is an error without the password', async () => {
    const { port } = await serve({
      onAuth: (_auth, _session, done) => done(new Error('no such user')),
    });
    const canary = 'canari-du-facteur';
    const url = `smtp://aurion:${canary}@127.0.0.1:${port}`;
    await assert.rejects(createMailNotifier({ url, from: null }).send(MAIL), (error: Error) => {
      assert.match(error.message, /no such user/);
      assert.ok(!`${error.stack} ${JSON.stringify(error)}`.includes(canary));
      return true;
    });
    const refusing = await listen((socket) => socket.end('554 not for you\r\n'));
    const notifier = createMailNotifier({ url: `smtp://127.0.0.1:${refusing}`, from: null });
    await assert.rejects(notifier.send(MAIL), /554|not for you|closed/);
  });

  it('F12: a server that hangs, before its greeting or within, is given up', async () => {
    const silent = await listen(() => undefined);
    const stuck = await listen((socket) => socket.write('220 hello\r\n'));
    for (const port of [silent, stuck]) {
      const url = `smtp://127.0.0.1:${port}`;
      const start = performance.now();
      await assert.rejects(createMailNotifier({ url, from: null, timeoutMs: 150 }).send(MAIL));
      assert.ok(performance.now() - start < 3000);
    }
  });

  it('F12: a server that is not there is an error', async () => {
    const port = await listen(() => undefined);
    for (const end of ends.splice(0)) await end();
    await assert.rejects(
      createMailNotifier({ url: `smtp://127.0.0.1:${port}`, from: null }).send(MAIL),
      /ECONNREFUSED/,
    );
  });

  it('knows the address of a mail server', () => {
    for (const good of ['smtp://mail.example', 'smtps://a%40b.c:p@mail.example:465?requireTLS=1']) {
      assert.ok(isMailUrl(good), good);
    }
    for (const bad of [
      'mail.example',
      'http://mail.example',
      'smtp://',
      'smtp://?a',
      'smtp:',
      '',
    ]) {
      assert.ok(!isMailUrl(bad), bad);
    }
  });
});
