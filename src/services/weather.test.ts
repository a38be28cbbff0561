import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock, settled } from '../../test/support/fake-clock';
import { TestHome } from '../../test/support/test-home';
import { memoryLogger, openTestStore } from '../../test/support/test-store';
import { createOpenMeteo } from '../adapters/weather/open-meteo';
import type { Store } from '../ports/store';
import { WeatherReport } from './weather';

const LOME = { latitude: 6.13, longitude: 1.22 };
const NOON = '2026-11-22T12:00:00.000Z';

/** As https://api.open-meteo.com answered. */
const ANSWER = {
  ...{ latitude: 6.125, longitude: 1.25, generationtime_ms: 0.08, utc_offset_seconds: 0 },
  ...{ timezone: 'GMT', timezone_abbreviation: 'GMT', elevation: 12 },
  current_units: {
    ...{ time: 'unixtime', interval: 'seconds', temperature_2m: '°C', apparent_temperature: '°C' },
    ...{ relative_humidity_2m: '%', precipitation: 'mm', cloud_cover: '%', wind_speed_10m: 'km/h' },
    ...{ wind_direction_10m: '°', is_day: '', weather_code: 'wmo code' },
  },
  current: {
    ...{ time: Date.parse(NOON) / 1000, interval: 900, temperature_2m: 31.2 },
    ...{ apparent_temperature: 36.4, relative_humidity_2m: 70, precipitation: 0, cloud_cover: 41 },
    ...{ wind_speed_10m: 14.8, wind_direction_10m: 214, is_day: 1, weather_code: 2 },
  },
};

const SHOWN = {
  ...{ temperatureC: 31.2, apparentTemperatureC: 36.4, humidity: 70, precipitationMm: 0 },
  ...{ cloudCover: 41, windSpeedKmh: 14.8, windDirectionDeg: 214, isDay: true },
  ...{ condition: 'partly-cloudy', code: 2, observedAt: NOON },
};

/** Stands in for the weather service. */
class StandIn {
  readonly asked: string[] = [];
  answer: (response: ServerResponse) => void = (response) => this.say(response, ANSWER);
  private readonly server: Server = createServer((request, response) => {
    this.asked.push(request.url ?? '');
    this.answer(response);
  });

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  say(response: ServerResponse, body: unknown, status = 200): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('the weather', () => {
  let standIn: StandIn;
  let opened: { store: Store; remove(): Promise<void> };
  let clock: FakeClock;
  let report: WeatherReport;
  let logger: ReturnType<typeof memoryLogger>;

  beforeEach(async () => {
    standIn = new StandIn();
    await standIn.start();
    opened = await openTestStore();
    clock = new FakeClock('2026-11-22T12:05:00Z');
    logger = memoryLogger();
    report = await open();
  });
  afterEach(async () => {
    standIn.stop();
    await opened.remove();
  });

  async function open(place = LOME, allowedHosts = ['127.0.0.1']): Promise<WeatherReport> {
    const source = createOpenMeteo({ url: standIn.url, allowedHosts, timeoutMs: 200 });
    const made = new WeatherReport({ store: opened.store, clock, logger, source }, place);
    await made.start();
    return made;
  }

  const failures: Record<string, (response: ServerResponse) => void> = {
    'answers 500': (response) => standIn.say(response, {}, 500),
    'answers garbage': (response) => standIn.say(response, '<html>'),
    'answers without a temperature': (response) =>
      standIn.say(response, { ...ANSWER, current: { ...ANSWER.current, temperature_2m: null } }),
    'answers in unknown units': (response) =>
      standIn.say(response, {
        ...ANSWER,
        current_units: { ...ANSWER.current_units, temperature_2m: 'K' },
      }),
    'answers too much': (response) => standIn.say(response, ' '.repeat(300_000)),
    'sends elsewhere': (response) => response.writeHead(302, { location: standIn.url }).end(),
    hangs: () => undefined,
    'hangs in the middle': (response) => response.writeHead(200).write('{"current":'),
    'cuts the line': (response) => response.destroy(),
  };

  it('is asked for the home’s place, once in ten minutes, however many want to know', async () => {
    const all = await Promise.all([report.current(), report.current(), report.current()]);
    assert.deepEqual(all, Array(3).fill({ ...SHOWN, ageS: 300, stale: false }));
    assert.match(standIn.asked[0]!, /^\/v1\/forecast\?latitude=6\.13&longitude=1\.22&current=temp/);
    await clock.advance(9 * 60_000);
    await report.current();
    assert.equal(standIn.asked.length, 1);
    await clock.advance(60_000);
    assert.equal((await report.current()).ageS, 900);
    assert.equal(standIn.asked.length, 2);
  });

  it('M14: comes in °C whatever the service speaks', async () => {
    const units = { ...ANSWER.current_units, temperature_2m: '°F' };
    const current = { ...ANSWER.current, temperature_2m: 88.2, apparent_temperature: null };
    standIn.answer = (response) =>
      standIn.say(response, { ...ANSWER, current_units: units, current });
    const { temperatureC, apparentTemperatureC } = await report.current();
    assert.deepEqual([temperatureC, apparentTemperatureC], [31.2, null]);
  });

  for (const [name, answer] of Object.entries(failures)) {
    it(`F12: a service that ${name} leaves what was last known, with its age; else 503`, async () => {
      standIn.answer = answer;
      await assert.rejects(report.current(), { code: 'WEATHER_UNAVAILABLE', retryAfterS: 30 });
      assert.equal(logger.lines.length, 1);
      await clock.advance(30_000);
      standIn.answer = (response) => standIn.say(response, ANSWER);
      assert.equal((await report.current()).stale, false);
      standIn.answer = answer;
      await clock.advance(2 * 3_600_000);
      const last = await report.current();
      assert.deepEqual(last, { ...SHOWN, ageS: 7530, stale: true });
    });
  }

  it('F12: is asked less and less often while it fails', async () => {
    standIn.answer = (response) => standIn.say(response, {}, 500);
    for (let minute = 0; minute < 120; minute++) {
      await assert.rejects(report.current());
      await clock.advance(60_000);
    }
    assert.ok(standIn.asked.length <= 14, `asked ${standIn.asked.length} times`);
    assert.equal(logger.lines.length, 1);
  });

  it('F12: nobody waits for it where something is known', async () => {
    await report.current();
    await clock.advance(3_600_000);
    standIn.answer = () => undefined;
    const waiting = report.current();
    await settled();
    await clock.advance(1000);
    assert.deepEqual([(await waiting).ageS, (await waiting).stale], [3901, true]);
  });

  it('is known after a restart, but not that of another place', async () => {
    await report.current();
    standIn.answer = (response) => standIn.say(response, {}, 500);
    report = await open();
    assert.deepEqual(await report.current(), { ...SHOWN, ageS: 300, stale: true });
    report = await open({ latitude: 48.86, longitude: 2.35 });
    await assert.rejects(report.current(), { code: 'WEATHER_UNAVAILABLE' });
  });

  it('S23: a service in a private network is not asked unless it is allowed by name', async () => {
    report = await open(LOME, []);
    await assert.rejects(report.current(), { code: 'WEATHER_UNAVAILABLE' });
    assert.deepEqual(standIn.asked, []);
    assert.match(logger.lines[0]!, /127\.0\.0\.1 is in a private network/);
  });

  it('over REST: 503 with a clear message, and then the weather', async () => {
    const test = await TestHome.open({ weatherUrl: standIn.url, allowedHosts: '127.0.0.1' });
    const token = await test.register('ama');
    const { status, body } = await test.request('GET', '/weather', { token });
    assert.deepEqual(
      [status, body['temperatureC'], body['condition']],
      [200, 31.2, 'partly-cloudy'],
    );
    await test.remove();
    const nowhere = await TestHome.open({ timeZone: 'Europe/Paris' });
    const other = await nowhere.register('ama');
    const unknown = await nowhere.request('GET', '/weather', { token: other });
    assert.deepEqual([unknown.status, unknown.body.code], [503, 'PLACE_UNKNOWN']);
    await nowhere.remove();
  });
});
