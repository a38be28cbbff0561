import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { after, before, describe, it } from 'mocha';
import { freePort } from '../../../test/support/free-port';
import { MOSQUITTO, startMosquitto, type Mosquitto } from '../../../test/support/mosquitto';
import { BareBroker } from './bare-broker.suite';
import { tryBroker } from './broker-trial';
import { brokerFault } from './broker-verdict';
import { DisconnectError } from './failure';

const prefix = 'aurion';

describe('the trial of a broker', () => {
  const servers: Server[] = [];

  after(() => servers.forEach((server) => server.close()));

  async function listening(server: Server): Promise<number> {
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function codeOf(url: string): Promise<string> {
    return (await tryBroker({ url, prefix })).code;
  }

  it('passes a message to and fro, and leaves no client behind', async () => {
    const broker = await BareBroker.open();
    try {
      const { outcome, code, text } = await tryBroker({ url: broker.url, prefix });
      assert.deepEqual([outcome, code], ['good', 'connected']);
      assert.equal(
        text.en,
        `Connected to 127.0.0.1:${broker.port} (MQTT 3.1.1); Aurion may read and publish below aurion.`,
      );
      while (broker.clients.size > 0) await once(broker.aedes, 'clientDisconnect');
    } finally {
      await broker.close();
    }
  });

  it('tells a wrong password, a subscription that is not granted, and a broker that takes nothing in', async () => {
    const broker = await BareBroker.open();
    try {
      broker.password = 'right';
      const wrong = await tryBroker({ url: broker.url, username: 'u', password: 'wrong', prefix });
      assert.equal(wrong.code, 'credentials');
      assert.ok(!JSON.stringify(wrong).includes('wrong'));
      const right = { url: broker.url, username: 'u', password: 'right', prefix };
      assert.equal((await tryBroker(right)).code, 'connected');
      broker.aedes.authorizeSubscribe = (_client, _subscription, done) => done(null, null);
      assert.equal((await tryBroker(right)).code, 'no-subscribe');
      broker.isStuck = true;
      broker.aedes.authorizeSubscribe = (_client, subscription, done) => done(null, subscription);
      assert.equal((await tryBroker(right)).code, 'silent');
    } finally {
      await broker.close();
    }
  });

  it('says that nothing listens, that nobody has the name, or what is wrong with the address', async () => {
    assert.equal(await codeOf(`mqtt://127.0.0.1:${await freePort()}`), 'refused');
    assert.equal(await codeOf('mqtt://nowhere.invalid:1883'), 'name-unknown');
    assert.equal(await codeOf('http://127.0.0.1'), 'address');
  });

  it('says that something else answers: a web server, none that speaks TLS, none that speaks', async () => {
    const web = createHttpServer((_req, res) => res.writeHead(404).end());
    const webPort = await listening(web);
    assert.equal(await codeOf(`mqtt://127.0.0.1:${webPort}`), 'not-mqtt');
    assert.equal(await codeOf(`ws://127.0.0.1:${webPort}/mqtt`), 'websocket');
    assert.equal(await codeOf(`mqtts://127.0.0.1:${webPort}`), 'no-tls');
  });

  it('gives up on one that says nothing, within 10 s', async () => {
    const startedAt = performance.now();
    const mute = createServer((socket) => socket.on('error', () => undefined).resume());
    assert.equal(await codeOf(`mqtt://127.0.0.1:${await listening(mute)}`), 'silent');
    assert.ok(performance.now() - startedAt < 10_000);
  });

  it('says that a certificate is not accepted, and which way it fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aurion-tls-'));
    try {
      const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert],
          ...['-subj', '/CN=broker.example', '-days', '2'],
        ],
        { stdio: 'ignore' },
      );
      const secure = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) });
      secure.on('tlsClientError', () => undefined);
      const { code, text } = await tryBroker({
        url: `mqtts://127.0.0.1:${await listening(secure)}`,
        prefix,
      });
      assert.equal(code, 'certificate');
      assert.match(text.fr, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('knows the faults that no machine of a test has', () => {
    const of = (code: unknown, message = '') =>
      brokerFault(Object.assign(new Error(message), { code }));
    assert.equal(of('EHOSTUNREACH'), 'unreachable');
    assert.equal(of('CERT_HAS_EXPIRED'), 'certificate');
    assert.equal(of('ERR_TLS_CERT_ALTNAME_INVALID'), 'certificate');
    assert.equal(of(135), 'credentials');
    assert.equal(of(2), 'rejected');
    assert.equal(brokerFault(new DisconnectError(142)), 'rejected');
    assert.equal(of('EWHATEVER'), 'failed');
  });

  (MOSQUITTO === undefined ? describe.skip : describe)('at Mosquitto', () => {
    let mosquitto: Mosquitto;
    const folder = mkdtempSync(join(tmpdir(), 'aurion-acl-'));
    const passwords = join(folder, 'passwords');
    const acl = join(folder, 'acl');

    before(async () => {
      const users = ['all', 'reader', 'writer', 'none'];
      writeFileSync(passwords, users.map((user) => `${user}:secret\n`).join(''), { mode: 0o600 });
      execFileSync('mosquitto_passwd', ['-U', passwords]);
      writeFileSync(
        acl,
        ['user all', 'topic aurion/#', 'user reader', 'topic read aurion/#', 'user writer']
          .concat(['topic write aurion/#', ''])
          .join('\n'),
        { mode: 0o600 },
      );
      mosquitto = await startMosquitto([
        ...['user root', 'allow_anonymous false'],
        ...[`password_file ${passwords}`, `acl_file ${acl}`],
      ]);
    });
    after(async () => {
      await mosquitto.close();
      rmSync(folder, { recursive: true });
    });

    for (const [username, code] of [
      ['all', 'connected'],
      ['reader', 'no-publish'],
      ['writer', 'no-echo'],
      // Mosquitto lets everybody subscribe, and hands on only what the account may read.
      ['none', 'no-publish'],
    ]) {
      it(`finds for an account that may do "${username!}": ${code!}`, async () => {
        const trial = { url: mosquitto.url, username, password: 'secret', prefix };
        assert.equal((await tryBroker(trial)).code, code);
      });
    }

    it('tells a wrong password', async () => {
      const trial = { url: mosquitto.url, username: 'all', password: 'wrong', prefix };
      assert.equal((await tryBroker(trial)).code, 'credentials');
    });
  });
});
