import {
  deviceRights,
  installerRights,
  sensorRights,
  userRights,
  type TopicRights,
} from '../../domain/mqtt/topic-rights';
import type { Visitor } from '../../ports/broker-access';

/** What a visitor may do below a home's prefix. */
export function rightsOf(prefix: string, visitor: Visitor): TopicRights {
  switch (visitor.kind) {
    case 'installer':
      return installerRights(prefix);
    case 'device':
      return deviceRights(prefix, visitor.names);
    case 'sensor':
      return sensorRights(prefix, visitor.names);
    case 'user':
      return userRights(prefix);
  }
}
