import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { TestHome } from '../../test/support/test-home';

describe('the demo home', () => {
  let test: TestHome;
  afterEach(() => test.remove());

  const names = async (language: string) => {
    test = await TestHome.open({ demo: '1', language });
    const token = await test.register('ama');
    const lists = ['/devices', '/security/sensors'].map(async (path) => {
      const { body } = await test.request('GET', path, { token });
      return (body as unknown as Record<string, string>[]).map(
        ({ name, room, location }) => `${name} (${room ?? location})`,
      );
    });
    return (await Promise.all(lists)).flat();
  };

  it('has French names in a French home', async () => {
    assert.deepEqual(await names('fr'), [
      'Lumière Salon (Salon)',
      'Climatiseur Chambre (Chambre)',
      'TV Salon (Salon)',
      'Détecteur de Mouvement - Entrée (Entrée)',
      'Détecteur de Fumée - Cuisine (Cuisine)',
    ]);
  });

  it('has English names in an English home', async () => {
    assert.deepEqual(await names('en'), [
      'Living Room Light (Living Room)',
      'Bedroom Air Conditioner (Bedroom)',
      'Living Room TV (Living Room)',
      'Motion Detector - Hall (Hall)',
      'Smoke Detector - Kitchen (Kitchen)',
    ]);
  });
});
