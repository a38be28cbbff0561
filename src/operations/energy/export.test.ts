import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { TestHome } from '../../../test/support/test-home';
import type { Consumption, HistoryPoint } from '../../contract/energy';

const HOUR_MS = 3_600_000;

describe('the money of a home in euros, over REST', () => {
  let home: TestHome;
  let token: string;
  before(async () => {
    home = await TestHome.open({ demo: 'off', currency: 'EUR', timeZone: 'Europe/Paris' });
    token = await home.register('ama');
    const json = { name: 'Compteur', type: 'meter', room: 'Entrée' };
    const { body } = await home.request('POST', '/devices', { token, json });
    const path = `/energy/meters/${String(body['id'])}/readings`;
    for (const [kWh, agoH] of [
      [10, 2],
      [12.5, 0],
    ] as const) {
      const timestamp = new Date(Date.now() - agoH * HOUR_MS).toISOString();
      const { status } = await home.request('POST', path, {
        token,
        json: { energy: kWh, timestamp },
      });
      assert.equal(status, 200);
    }
  });
  after(() => home.remove());

  const csv = (query = '', headers: Record<string, string> = {}) =>
    home.text(`/energy/export${query}`, { token, headers });

  it('M18: has no cost before somebody set a tariff, and all of it after', async () => {
    const tariff = await home.request('GET', '/energy/tariff', { token });
    assert.deepEqual(tariff.body, { currency: 'EUR', versions: [] });
    const cost = async () => {
      const { body } = await home.request('GET', '/energy/history?period=24h', { token });
      const known = (body as unknown as HistoryPoint[]).filter((one) => one.consumption !== null);
      return [known.reduce((sum, one) => sum + (one.cost ?? 0), 0), known[0]?.costReason];
    };
    assert.deepEqual(await cost(), [0, 'no-tariff']);
    const now = await home.request('GET', '/energy/consumption', { token });
    assert.equal((now.body as unknown as Consumption).costReason, 'no-tariff');
    const json = {
      currency: 'EUR',
      versions: [{ validFrom: '2026-01-01', kind: 'flat', price: '0.2' }],
    };
    assert.equal((await home.request('PUT', '/energy/tariff', { token, json })).status, 200);
    assert.deepEqual(await cost(), [0.5, undefined]);
  });

  it('a history has 7 days unless told', async () => {
    const { body } = await home.request('GET', '/energy/history', { token });
    assert.equal((body as unknown as unknown[]).length, 7);
  });

  it('an export is for programs unless somebody asks for French', async () => {
    for (const headers of [
      {},
      { 'accept-language': '*' },
      { 'accept-language': 'en;q=1, fr;q=0.5' },
    ]) {
      const { text, headers: answered } = await csv('', headers);
      const [head, line = ''] = text.split('\r\n');
      assert.equal(
        head,
        'timestamp,consumption,cost,currency,coverage,quality,localTime,costReason',
      );
      assert.match(
        line,
        /^20\d\d-\d\d-\d\dT2[23]:00:00\.000Z,,,EUR,0,missing,20\d\d-\d\d-\d\d 00:00,$/,
      );
      assert.equal(answered['content-disposition'], 'attachment; filename="aurion-energy.csv"');
    }
  });

  it('an export in French opens in a French spreadsheet; what is asked for wins', async () => {
    const french = { 'accept-language': 'fr-FR,fr;q=0.9,en;q=0.8' };
    const { text } = await csv('?period=24h', french);
    assert.ok(text.startsWith('\uFEFFtimestamp;consumption;cost;'));
    assert.match(text, /;\d+,\d+;0,\d+;EUR;/);
    const tabs = await csv('?period=24h&separator=tab&decimal=.', french);
    assert.match(tabs.text, /\t\d+\.\d+\t0\.\d+\tEUR\t/);
    const english = await csv('?separator=%3B&decimal=%2C');
    assert.ok(english.text.startsWith('\uFEFFtimestamp;'));
    for (const wrong of ['separator=x', 'decimal=;', 'period=7d&from=2026-01-01T00:00:00Z'])
      assert.equal((await csv(`?${wrong}`)).status, 400, wrong);
  });
});
