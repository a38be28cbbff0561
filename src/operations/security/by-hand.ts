import type { AlertToResolve } from '../../contract/alert';
import { sensorSource } from '../../services/alerts';
import { FINDERS } from '../../services/watched-alerts';

/** Who finds what people and flows raise themselves: rules know nothing of it, and can't end it. */
export const BY_HAND = FINDERS.hand;

export function sourceOf({
  sensorId,
  source,
}: Pick<AlertToResolve, 'sensorId' | 'source'>): string {
  return sensorId === undefined ? `named:${source}` : sensorSource(sensorId);
}
