import type { HomeEventName } from './contract/events';
import type { OperationGroup } from './contract/operation';
import type { OpenServices } from './open-services';
import type { Operation } from './operations/operation';

/** What of a home may look different to somebody who watches it. */
export const HOME_ASPECTS = [
  'health',
  'devices',
  'sensors',
  'alerts',
  'energy',
  'discovered',
] as const;

export type HomeAspect = (typeof HOME_ASPECTS)[number];

export type HomeChangeListener = (aspect: HomeAspect) => void;

/** A reading may repeat an alert, which is counted and no event of its own. */
const OF_EVENT: Readonly<Partial<Record<HomeEventName, readonly HomeAspect[]>>> = {
  'sensor.reading': ['sensors', 'alerts'],
  'alert.raised': ['alerts'],
  'alert.acknowledged': ['alerts'],
  'alert.resolved': ['alerts'],
  'energy.consumption': ['energy'],
  'meter.reset': ['energy'],
  'meter.jumped': ['energy'],
};

const OF_GROUP: Readonly<Partial<Record<OperationGroup, readonly HomeAspect[]>>> = {
  devices: ['devices', 'discovered'],
  security: ['sensors', 'alerts', 'discovered'],
  energy: ['energy'],
};

/** Tells that something of a home may look different, never what: who wants to know asks for it, with his own rights. */
export class HomeChanges {
  private readonly listeners = new Set<HomeChangeListener>();

  /** @returns ends it */
  on(listener: HomeChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(...aspects: readonly HomeAspect[]): void {
    for (const aspect of aspects) for (const listener of this.listeners) listener(aspect);
  }

  /** An operation was done. */
  done({ readOnly, group }: Pick<Operation, 'readOnly' | 'group'>): void {
    if (!readOnly) this.tell(...(OF_GROUP[group] ?? []));
  }

  /** Follows what happens in services that were opened, here or in the home's other processes. */
  follow({ services: { devices, events, intake }, peers }: OpenServices): void {
    const happened = (event: HomeEventName) => this.tell(...(OF_EVENT[event] ?? []));
    events.on(({ event }) => happened(event));
    peers.onMessage((message) => {
      if (message.kind === 'event') happened(message.event.event);
      if (message.kind === 'sensors') this.tell('sensors');
    });
    devices.follow({ isLike: () => this.tell('devices'), draws: () => undefined });
    intake.onRefused(({ reason }) => {
      if (reason === 'unknown') this.tell('discovered');
    });
  }
}
