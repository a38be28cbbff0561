import { randomUUID } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import { z } from 'zod';
import { errnoOf, readIfThere } from '../../files/files';

const lockOwnerSchema = z.object({
  nonce: z.string().regex(/^[\da-f-]{36}$/),
  pid: z.int().positive(),
  /** For people who read the file. */
  host: z.string(),
  /** Which start of which machine (Linux). */
  bootId: z.string().optional(),
  /** A pid means something only within its namespace: each container has its own (Linux). */
  pidNamespace: z.string().optional(),
  /** Tells a process from a later one with the same pid (Linux). */
  processStartTime: z.string().optional(),
});

/** The process that holds a lock, as it is written in the lock file. */
export type LockOwner = z.infer<typeof lockOwnerSchema>;

/** This process as the owner of a new lock. */
export async function thisOwner(): Promise<LockOwner> {
  const [bootId, pidNamespace, stat] = await Promise.all([
    optional(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    optional(readlink('/proc/self/ns/pid')),
    optional(readFile('/proc/self/stat', 'utf8')),
  ]);
  const processStartTime = stat === undefined ? undefined : parseStat(stat)?.startTime;
  return {
    nonce: randomUUID(),
    pid,
    host: hostname(),
    ...(bootId === undefined ? {} : { bootId: bootId.trim() }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(processStartTime === undefined ? {} : { processStartTime }),
  };
}

/** The owner named in a lock file's contents, or null if they name none (half written, or not ours). */
export function parseOwner(contents: string): LockOwner | null {
  try {
    return lockOwnerSchema.parse(JSON.parse(contents));
  } catch {
    return null;
  }
}

/**
 * Whether the owner's process lives: `alive` and `dead` are certain; `unknown` where it cannot be
 * seen from here (another container or machine, another system than Linux).
 */
export async function lifeOf(
  owner: LockOwner,
  self: LockOwner,
): Promise<'alive' | 'dead' | 'unknown'> {
  if (owner.bootId === undefined || owner.bootId !== self.bootId) return 'unknown';
  if (owner.pidNamespace === undefined || owner.pidNamespace !== self.pidNamespace)
    return 'unknown';
  const stat = await readIfThere(`/proc/${owner.pid}/stat`).catch(() => null);
  const seen = stat === null ? null : parseStat(stat);
  // /proc may hide other users' processes (mount option hidepid): a signal still finds them.
  if (seen === null) return exists(owner.pid) ? 'unknown' : 'dead';
  if (seen.state === 'Z' || seen.state === 'X') return 'dead';
  return seen.startTime === owner.processStartTime ? 'alive' : 'dead';
}

function parseStat(stat: string): { state: string; startTime: string } | null {
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? null : { state, startTime };
}

function exists(otherPid: number): boolean {
  try {
    return kill(otherPid, 0);
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

async function optional(text: Promise<string>): Promise<string | undefined> {
  return text.catch(() => undefined);
}
