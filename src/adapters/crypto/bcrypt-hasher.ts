import bcrypt from 'bcrypt';
import fastq from 'fastq';
import { AurionError } from '../../contract/errors';
import { normalPassword, PASSWORD_BYTES_MAX, passwordForms } from '../../domain/accounts/password';
import type { Clock } from '../../ports/clock';
import type { PasswordHasher } from '../../ports/crypto';

/** Two at once leave half of Node's four worker threads to files; forty held them for seven seconds. */
const CONCURRENCY = 2;
const WAITING_MAX = 200;
/** So that who is refused hears it within a second of asking. */
const WAIT_MAX_MS = 700;
const COST = 12;

/**
 * Passwords with bcrypt, through a bounded queue.
 * @param cost bcrypt's, 12 in a home; tests take 4 to be quick
 */
export function createBcryptHasher(clock: Clock, cost = COST): PasswordHasher {
  const queue = fastq.promise<unknown, Job, unknown>((job) => job.begin(), CONCURRENCY);
  // What an unknown e-mail is compared with (S6): of the same cost, of no password. Made by whoever comes
  // first, known e-mail or not, so that nobody can tell which.
  let dummyHash: Promise<string> | undefined;

  /** Does the work when its turn comes, within a second; else it is not done at all. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (queue.length() >= WAITING_MAX) return Promise.reject(busy());
    return new Promise<T>((resolve, reject) => {
      let late = false;
      const timer = clock.schedule(WAIT_MAX_MS, () => {
        late = true;
        reject(busy());
      });
      const begin = async () => {
        timer.cancel();
        if (!late) await work().then(resolve, reject);
      };
      queue.push({ begin }).catch(reject);
    });
  }

  return {
    get waiting() {
      return queue.length();
    },
    hash: (password) => inTurn(() => bcrypt.hash(normalPassword(password), cost)),
    verify: (password, hash) =>
      inTurn(async () => {
        const dummy = await (dummyHash ??= bcrypt.hash('\u0001 no password', cost));
        for (const form of passwordForms(password)) {
          const isSame = await bcrypt.compare(form, hash ?? dummy);
          // bcrypt would not look at what stands behind.
          const isWhole = Buffer.byteLength(form) <= PASSWORD_BYTES_MAX;
          if (isSame && isWhole && hash !== null) return true;
        }
        return false;
      }),
  };
}

interface Job {
  readonly begin: () => Promise<void>;
}

function busy(): AurionError {
  return new AurionError('SERVICE_BUSY', { retryAfterS: 2 });
}
