import { createHash, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../../ports/crypto';

export const sha256: Digest = {
  of: (text) => createHash('sha256').update(text).digest('hex'),
  same(a, b) {
    const bytes = (text: string) => createHash('sha256').update(text).digest();
    return timingSafeEqual(bytes(a), bytes(b));
  },
};
