import assert from 'node:assert/strict';
import type { Client } from 'aedes' with { 'resolution-mode': 'import' };
import { describe, it } from 'mocha';
import type { Visitor } from '../../ports/broker-access';
import { Seats } from './seats';

const LAMP: Visitor = { kind: 'device', deviceId: 7, names: ['7'], credentials: 'c' };

describe('seats of the embedded broker', () => {
  it('S27: one who has to leave reads and subscribes to nothing more, while its connection closes', () => {
    const seats = new Seats('aurion');
    const client = { id: 'plug', close: () => undefined } as unknown as Client;
    const [own, status] = ['aurion/devices/7/command', 'aurion/devices/7/status'];
    seats.take(client, LAMP);
    assert.ok(seats.grant(client, own) && seats.mayRead(client, own));
    seats.letGo(() => 'ended');
    assert.ok(!seats.mayRead(client, own) && !seats.grant(client, own));
    assert.ok(seats.mayPublish(client, status), 'its last will is still its own');
    seats.left(client);
    assert.deepEqual(seats.visitors, []);
  });

  it('S14: a topic with wildcards, or one that is too long, is published by nobody', () => {
    const seats = new Seats('aurion');
    const client = { id: 'tool', close: () => undefined } as unknown as Client;
    seats.take(client, { kind: 'installer' });
    assert.ok(seats.mayPublish(client, 'aurion/devices/7/status'));
    for (const topic of ['aurion/+/status', 'aurion/#', `aurion/${'x'.repeat(256)}`, '']) {
      assert.ok(!seats.mayPublish(client, topic), topic);
    }
  });

  it('S16: who did not sign in may nothing', () => {
    const seats = new Seats('aurion');
    const client = { id: 'x' } as unknown as Client;
    for (const topic of ['aurion/status', 'aurion/devices/7/status']) {
      assert.ok(!seats.mayRead(client, topic) && !seats.mayPublish(client, topic));
      assert.ok(!seats.grant(client, topic));
    }
  });
});
