import type { SensorDescription, SensorType } from './sensors';

/** What can be played in a house on command. */
export const SCENES = ['burglar', 'fire', 'battery'] as const;

export type Scene = (typeof SCENES)[number];

/** How long after each other the sensors of a scene speak. */
export const STEP_MS = 700;
/** What a dying battery has left. */
export const LOW_PERCENT = 12;

/** Through the door or a window, then through the rooms; smoke first, then flames. */
const NOTICING: Readonly<Record<Exclude<Scene, 'battery'>, readonly SensorType[]>> = {
  burglar: ['door', 'window', 'motion', 'presence'],
  fire: ['smoke', 'fire'],
};

export interface Part {
  readonly id: string;
  readonly says: 'noticed' | 'low-battery';
}

/** Who has a part in a scene, in their order. A battery dies in one sensor: the one with the least in it. */
export function partsOf(scene: Scene, sensors: readonly SensorDescription[]): Part[] {
  if (scene === 'battery') {
    const [weakest] = [...sensors].sort((a, b) => a.battery - b.battery);
    return weakest ? [{ id: weakest.id, says: 'low-battery' }] : [];
  }
  return NOTICING[scene].flatMap((type) =>
    sensors
      .filter((sensor) => sensor.type === type)
      .map(({ id }): Part => ({ id, says: 'noticed' })),
  );
}
