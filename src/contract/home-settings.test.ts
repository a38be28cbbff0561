import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readHomeSettings } from './home-settings';

describe('the settings of a home', () => {
  it('S18: origins count as browsers send them, whatever their case and default port', () => {
    const { corsOrigins } = readHomeSettings({
      corsOrigins: 'HTTPS://Maison.Example:443/, http://maison.lan:80,http://[2001:DB8::1]:8080',
    });
    assert.deepEqual(corsOrigins, [
      'https://maison.example',
      'http://maison.lan',
      'http://[2001:db8::1]:8080',
    ]);
    for (const bad of ['maison.example', 'ftp://maison.example', 'https://a@b.c', 'https://a/b']) {
      assert.throws(() => readHomeSettings({ corsOrigins: bad }), { setting: 'corsOrigins' });
    }
  });

  it('S21: an address of a broker with a password in it is refused, and not repeated', () => {
    const { mqttUrl } = readHomeSettings({ mqttUrl: 'mqtts://broker.example:8883' });
    assert.equal(mqttUrl, 'mqtts://broker.example:8883');
    for (const account of ['aurion:canari', 'canari', ':canari']) {
      assert.throws(
        () => readHomeSettings({ mqttUrl: `mqtt://${account}@broker.example` }),
        (error: Error) =>
          /mqttUsername, mqttPassword/.test(error.message) && !/canari/.test(error.message),
      );
    }
  });
});
