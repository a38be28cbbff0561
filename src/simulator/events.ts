import type { Command, DeviceDescription } from './devices';
import type { MeterDescription } from './meters';
import type { SensorDescription, SensorType, SensorValue } from './sensors';

/** What happens in a simulated house. */
export type SimulatorEvent =
  | {
      readonly kind: 'command-received';
      readonly device: DeviceDescription;
      readonly command: Command;
    }
  | {
      readonly kind: 'command-answered';
      readonly device: DeviceDescription;
      readonly command: Command;
      readonly on: boolean;
      readonly powerW: number;
      readonly afterMs: number;
    }
  | {
      readonly kind: 'command-ignored';
      readonly device: DeviceDescription;
      readonly reason: 'expired' | 'silent' | 'unreadable';
    }
  | { readonly kind: 'switched-by-hand'; readonly device: DeviceDescription; readonly on: boolean }
  | { readonly kind: 'unplugged' | 'plugged-in'; readonly device: DeviceDescription }
  | { readonly kind: 'sensed'; readonly sensor: SensorDescription; readonly value: SensorValue }
  | {
      readonly kind: 'drained';
      readonly sensor: SensorDescription;
      readonly batteryPercent: number;
    }
  | {
      readonly kind: 'metered';
      readonly meter: MeterDescription;
      readonly powerW: number;
      readonly energyKWh: number;
    }
  /** The meters have told what was before. */
  | { readonly kind: 'past-told'; readonly days: number; readonly readings: number }
  /** Everything is connected; what happens by itself comes after. */
  | { readonly kind: 'connected' }
  | { readonly kind: 'connection-lost' | 'connection-back' | 'connection-refused' };

/** An event in a sentence for people. */
export function describe(event: SimulatorEvent): string {
  switch (event.kind) {
    case 'command-received':
      return `${label(event.device)}: Aurion says ${wanted(event.command)}`;
    case 'command-answered': {
      const after = event.afterMs < 1000 ? '' : ` after ${(event.afterMs / 1000).toFixed(1)} s`;
      const refused = event.command.status === !event.on ? ', against what it was told' : '';
      return `${label(event.device)}: answers "${onOff(event.on)}, ${event.powerW} W"${after}${refused}`;
    }
    case 'command-ignored':
      return `${label(event.device)}: ${IGNORED[event.reason]}`;
    case 'switched-by-hand':
      return `${label(event.device)}: someone switches it ${onOff(event.on)} at the wall`;
    case 'unplugged':
      return `${label(event.device)}: its plug is pulled`;
    case 'plugged-in':
      return `${label(event.device)}: is plugged in again`;
    case 'sensed':
      return `${event.sensor.name}${numbered('sensor', event.sensor.id)}: ${noticed(event.sensor.type, event.value)}`;
    case 'drained':
      return `${event.sensor.name}${numbered('sensor', event.sensor.id)}: its battery is down to ${event.batteryPercent} %`;
    case 'metered':
      return `${event.meter.name}: ${event.powerW} W, counter ${event.energyKWh.toFixed(3)} kWh`;
    case 'past-told':
      return `The meters have told ${event.days} days of their past in ${event.readings} readings`;
    case 'connected':
      return 'Everything is connected';
    case 'connection-lost':
      return 'The connection to the broker is lost; trying again until it is back';
    case 'connection-back':
      return 'The broker is back; every device reports again';
    case 'connection-refused':
      return 'The broker refuses the account now; trying again';
  }
}

const IGNORED = {
  expired: 'the command is too old, so it does nothing',
  silent: 'is silent, does nothing and never answers',
  unreadable: 'cannot read the command',
} as const;

const NOTICED: Readonly<Record<Exclude<SensorType, 'temperature' | 'humidity'>, [string, string]>> =
  {
    motion: ['something moves', 'all is still'],
    smoke: ['SMOKE!', 'the smoke is gone'],
    fire: ['FIRE!', 'the fire is out'],
    gas: ['GAS!', 'the gas is gone'],
    leak: ['WATER on the floor!', 'the floor is dry again'],
    door: ['the door opens', 'the door closes'],
    window: ['the window opens', 'the window closes'],
    presence: ['someone is here', 'nobody is here'],
  };

function noticed(type: SensorType, value: SensorValue): string {
  if (type === 'temperature') return `${String(value)} °C`;
  if (type === 'humidity') return `${String(value)} % humidity`;
  return NOTICED[type][value === false || value === 0 ? 1 : 0];
}

function wanted({ status, attributes }: Command): string {
  const words = Object.entries(attributes).map(([name, value]) => `${name} ${String(value)}`);
  if (status !== undefined) words.unshift(`switch ${onOff(status)}`);
  return words.join(', ') || 'nothing it could do';
}

function label({ id, name }: DeviceDescription): string {
  return `${name}${numbered('device', id)}`;
}

function numbered(kind: string, id: string): string {
  return /^\d+$/.test(id) ? ` (${kind} ${id})` : '';
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
