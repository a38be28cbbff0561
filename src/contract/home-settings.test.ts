import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HOME_SETTINGS, readHomeSettings, type SettingInvalid } from './home-settings';

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

  it('S28: a field that is there and empty is the default, whichever it is', () => {
    const normal = readHomeSettings({});
    assert.equal(normal.mqttHost, '127.0.0.1');
    // As a dialog leaves it, and as Node-RED leaves a variable that is not set.
    for (const empty of ['', '  ', null, undefined, '${AURION_NOT_SET}']) {
      for (const name of HOME_SETTINGS) {
        assert.deepEqual(readHomeSettings({ [name]: empty }), normal, name);
      }
      const all = Object.fromEntries(HOME_SETTINGS.map((name) => [name, empty]));
      assert.deepEqual(readHomeSettings(all), normal);
    }
  });

  it('S28: addresses that can never work are refused by name, and what is wrong is not repeated', () => {
    const refused: Record<string, string[]> = {
      publicUrl: [
        ...['maison.example', 'ftp://maison.example', 'http://', 'https://maison.example?a=canari'],
        ...['https://maison.example/#canari', 'https://ama:canari@maison.example'],
      ],
      weatherUrl: [
        ...['weather.lan', 'mqtt://weather.lan', 'https://weather.lan/?key=canari'],
        ...['https://canari@weather.lan', 'https://weather.lan#canari'],
      ],
      mqttUrl: ['broker', 'broker:1883', 'mqtt:broker', 'mqtt://', 'mqtt:///x', 'http://broker'],
    };
    for (const [setting, addresses] of Object.entries(refused)) {
      for (const address of addresses) {
        assert.throws(
          () => readHomeSettings({ [setting]: address }),
          (error: SettingInvalid) => {
            assert.equal(error.setting, setting, address);
            assert.match(error.problem, /^an address (such as|without) /);
            return !error.message.includes('canari');
          },
        );
      }
    }
    const fine = { publicUrl: ' https://maison.example/aurion/ ', mqttUrl: 'ws://broker/mqtt?v=1' };
    const { publicUrl, mqttUrl } = readHomeSettings(fine);
    assert.deepEqual([publicUrl, mqttUrl], ['https://maison.example/aurion/', fine.mqttUrl]);
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
