import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { rmSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { readHomeSettings } from '../../src/contract/home-settings';
import { temporaryFolder } from '../../test/support/aurion-process';
import { freePort } from '../../test/support/free-port';
import { ownSettings, quickHashes } from '../../test/support/flow-helper';
import { HomeConflict, Homes, isStartedByRequest } from './homes';
import type { Residence } from './residence';

/** Homes and the deploys of Node-RED, whose events are made here. */
describe('homes', () => {
  let events: EventEmitter;
  let userDir: string;
  let homes: Homes;
  let errors: string[];
  let slowHashes: () => void;
  before(() => {
    slowHashes = quickHashes();
  });
  after(() => slowHashes());
  beforeEach(() => {
    events = new EventEmitter();
    userDir = temporaryFolder();
    errors = [];
    const log = {
      ...{ ERROR: 20, WARN: 30, INFO: 40, DEBUG: 50 },
      log: ({ level, msg }: { level: number; msg: string }) => level <= 20 && errors.push(msg),
      error: (line: string) => errors.push(line),
    };
    homes = Homes.of({ httpNode: false, events, settings: { userDir }, log } as never);
  });
  afterEach(async () => {
    await homes.stopAll();
    rmSync(userDir, { recursive: true, force: true });
    assert.deepEqual(errors, []);
  });

  function attach(nodeId: string, settings: Record<string, unknown> = {}, secrets = {}): Residence {
    const given = { mqttPort: '0', mqttWsPort: '0', demo: '0', ...settings };
    return homes.attach(nodeId, readHomeSettings(given), secrets);
  }

  async function stop(...residences: Residence[]): Promise<void> {
    events.emit('flows:stopping', { type: 'full' });
    for (const residence of residences) await homes.detach(residence);
  }

  function started(): void {
    events.emit('flows:starting');
    events.emit('flows:started');
  }

  const conflict = (message: RegExp) => (error: Error) =>
    error instanceof HomeConflict && message.test(error.message);

  it('tell of each home that something of it may look different, also when it comes and goes', async () => {
    const told: string[] = [];
    const end = homes.onChange((homeKey, aspect) => told.push(`${homeKey} ${aspect}`));
    const residence = attach('node');
    await homes.started();
    assert.ok(told.includes('home health'));
    const heardBefore = told.length;
    residence.home.setLiveOpen(true);
    assert.deepEqual(told.slice(heardBefore), ['home health']);
    await stop(residence);
    const gone = new Promise<void>((resolve) => {
      homes.onChange(() => {
        if (homes.byKey('home') === undefined) resolve();
      });
    });
    started();
    await gone;
    assert.deepEqual(homes.all(), []);
    end();
  });

  it('F7: a deploy that brings a home back as it was leaves it running', async () => {
    const before = attach('node');
    await homes.started();
    await stop(before);
    assert.equal(attach('node'), before);
    started();
    assert.deepEqual([before.home.status, before.isStopping], ['ok', false]);
  });

  it('F7: nor does a new id of its node make it another home', async () => {
    const before = attach('node');
    await stop(before);
    assert.equal(attach('imported again'), before);
  });

  it('a deploy that changes a setting or a secret makes a new home, once the old has let go', async () => {
    let before = attach('node');
    const changes = [[{ language: 'en' }], [{ language: 'en' }, { setupCode: 'another code' }]];
    for (const [settings, secrets] of changes) {
      await stop(before);
      const now = attach('node', settings, secrets);
      assert.notEqual(now, before);
      started();
      await homes.started();
      assert.deepEqual([now.home.status, before.home.status], ['ok', 'unavailable']);
      assert.equal(homes.byKey('home'), now);
      before = now;
    }
  });

  it('a home whose node was deleted stops when the flows have started, and not before', async () => {
    const left = attach('node');
    await homes.started();
    await stop(left);
    assert.equal(left.home.status, 'ok');
    events.emit('flows:starting');
    // Node-RED stops again what still starts when the next deploy comes.
    events.emit('flows:stopping', { type: 'full' });
    events.emit('flows:started');
    assert.equal(left.isStopping, false);
    started();
    assert.equal(left.isStopping, true);
    await left.stop();
    assert.equal(left.home.status, 'unavailable');
    const again = attach('node');
    await homes.started();
    assert.notEqual(again, left);
    assert.equal(again.home.status, 'ok');
  });

  it('a home can take over what another leaves in the same deploy', async () => {
    const before = attach('node');
    await homes.started();
    await stop(before);
    const now = attach('node', { key: 'renamed' });
    started();
    await homes.started();
    assert.deepEqual([now.home.status, before.home.status], ['ok', 'unavailable']);
    assert.equal(homes.byKey('home'), undefined);
  });

  it('two homes can’t have the same key, base path, topic prefix or port; the first goes on', async () => {
    const mqttPort = String(await freePort());
    const first = attach('node', { mqttPort });
    const other = ownSettings('annex');
    assert.throws(() => attach('twin'), conflict(/key "home".*another/));
    for (const clash of [
      { basePath: first.home.settings.basePath },
      { topicPrefix: first.home.settings.topicPrefix },
      { wsPath: first.home.settings.wsPath },
      { mqttPort },
    ]) {
      assert.throws(() => attach('annex', { ...other, ...clash }), conflict(/differ.*"home"/));
    }
    assert.equal(homes.byKey('annex'), undefined);
    assert.deepEqual([first.nodeId, first.isStopping], ['node', false]);
    const annex = attach('annex', other);
    await homes.started();
    assert.equal(annex.home.status, 'ok');
  });

  it('any number of homes can have a free port chosen', () => {
    attach('node');
    attach('annex', ownSettings('annex'));
  });

  it('are the same for every node type of a Node-RED, and others for another Node-RED', () => {
    const RED = { httpNode: false, events, settings: { userDir } };
    assert.equal(Homes.of({ ...RED } as never), homes);
    assert.notEqual(Homes.of({ ...RED, events: new EventEmitter() } as never), homes);
    assert.deepEqual(
      events.eventNames().map((name) => events.listenerCount(name)),
      [1, 1, 1],
    );
  });

  describe('find the request behind a message', () => {
    function carried(): { exchange: never; answer: () => void } {
      const callbacks: (() => void)[] = [];
      const whenAnswered = (callback: () => void) => callbacks.push(callback);
      return {
        exchange: { whenAnswered } as never,
        answer: () => {
          for (const callback of callbacks) callback();
        },
      };
    }

    it('by its id, until it is answered', () => {
      const { exchange, answer } = carried();
      const _msgid = homes.carry(exchange);
      assert.equal(homes.exchangeOf({ _msgid }), exchange);
      assert.equal(homes.carry(exchange, _msgid), _msgid);
      answer();
      assert.equal(homes.exchangeOf({ _msgid }), undefined);
    });

    it('S12: never by its id when it names a request, which then is forged', () => {
      const _msgid = homes.carry(carried().exchange);
      assert.equal(homes.exchangeOf({ _msgid, req: {} }), undefined);
    });

    it('S12: by an id that tells of a request for good', () => {
      const { exchange, answer } = carried();
      const _msgid = homes.carry(exchange, 'made by http in');
      answer();
      assert.equal(isStartedByRequest({ _msgid }), true);
      assert.equal(isStartedByRequest({ _msgid: 'made by inject' }), false);
    });

    it('of no id that is none', () => {
      for (const _msgid of [undefined, null, 7, ['id'], '__proto__']) {
        assert.equal(homes.exchangeOf({ _msgid }), undefined);
      }
    });
  });
});
