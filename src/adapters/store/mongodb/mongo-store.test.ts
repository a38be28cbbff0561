import { randomBytes } from 'node:crypto';
import { env, stderr } from 'node:process';
import { describe, it } from 'mocha';
import { MongoClient } from 'mongodb';
import { memoryLogger } from '../../../../test/support/test-store';
import { describeStore } from '../store.suite';
import { openMongoStore } from './mongo-store';

const given = env['MONGODB_URL'];

if (given === undefined) {
  describe('store on MongoDB', () => {
    it(
      'NOT TESTED: set MONGODB_URL to a MongoDB server (a replica set) to run the contract suite on it',
    );
    stderr.write('store on MongoDB: NOT TESTED, since MONGODB_URL is not set\n');
  });
} else {
  // A database of its own, whatever the URL names.
  const url = new URL(given);
  url.pathname = `/aurion_test_${randomBytes(4).toString('hex')}`;
  let places = 0;
  describeStore('MongoDB', () => {
    const place = (places += 1);
    return Promise.resolve({
      open: (home) =>
        openMongoStore({ url: url.href, homeKey: `${home}-${place}`, logger: memoryLogger() }),
      async remove() {
        const client = new MongoClient(url.href);
        await client.db().dropDatabase();
        await client.close();
      },
    });
  });
}
