import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/crypto';

export const systemRandom: Random = {
  token: (bytes) => randomBytes(bytes).toString('base64url'),
};
