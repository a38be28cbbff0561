import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { lendPayload, payloadToSend } from './payload';
import type { AurionMessage } from './shell';

describe('a lent payload', () => {
  const shared = Object.freeze([Object.freeze({ id: 1, name: 'Lampe' })]);
  const message = () => {
    const made = { _msgid: 'm' } as AurionMessage;
    lendPayload(made, shared);
    return made;
  };

  it('is the shared value itself while nobody has read it', () => {
    assert.equal(payloadToSend(message()), shared);
  });

  it('F15: read, it is a private copy, the same one each time, and that is what is sent', () => {
    const read = message();
    (read.payload as { name: string }[])[0]!.name = 'edited';
    assert.deepEqual(read.payload, [{ id: 1, name: 'edited' }]);
    assert.equal(payloadToSend(read), read.payload);
    assert.equal(shared[0]?.name, 'Lampe');
  });

  it('replaced, the replacement is what is sent', () => {
    const replaced = message();
    replaced.payload = 'mine';
    assert.equal(payloadToSend(replaced), 'mine');
  });

  it('copied with its message, the copy has a payload of its own', () => {
    const copy = structuredClone({ ...message() });
    assert.deepEqual(copy.payload, shared);
    assert.notEqual(copy.payload, shared);
  });

  it('is shown by JSON and by a look at its keys', () => {
    assert.deepEqual(Object.keys(message()), ['_msgid', 'payload']);
    assert.equal(JSON.stringify(message()), '{"_msgid":"m","payload":[{"id":1,"name":"Lampe"}]}');
  });
});
