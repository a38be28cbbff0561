import { describe, before } from 'mocha';
import { newDatabase } from '../../../../test/support/postgres';
import { memoryLogger } from '../../../../test/support/test-store';
import { describeStore } from '../store.suite';
import { openPostgresStore } from './postgres-store';

let url: string;
let places = 0;

describe('PostgreSQL', () => {
  before(async () => {
    url = await newDatabase();
  });

  // All places share a database: each has homes of its own.
  describeStore('PostgreSQL', () => {
    const place = (places += 1);
    return Promise.resolve({
      open: (home) =>
        openPostgresStore({ url, homeKey: `${home}-${place}`, logger: memoryLogger() }),
      remove: () => Promise.resolve(),
    });
  });
});
