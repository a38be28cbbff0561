import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readHomeSettings } from './home-settings';

describe('the settings of a home', () => {
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
