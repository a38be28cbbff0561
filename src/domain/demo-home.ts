import type { Language, Text } from '../contract/language';

/** A device of the demo home, and how it is at first. */
export interface DemoDevice {
  readonly name: string;
  readonly type: 'light' | 'climate' | 'entertainment';
  readonly room: string;
  /** Nominal, in W. */
  readonly power: number;
  readonly on: boolean;
}

/** A sensor of the demo home. */
export interface DemoSensor {
  readonly name: string;
  readonly type: 'motion' | 'smoke';
  readonly location: string;
  /** How full it is, in %. */
  readonly battery: number;
}

const LIVING_ROOM: Text = { fr: 'Salon', en: 'Living Room' };
const BEDROOM: Text = { fr: 'Chambre', en: 'Bedroom' };
const HALL: Text = { fr: 'Entrée', en: 'Hall' };
const KITCHEN: Text = { fr: 'Cuisine', en: 'Kitchen' };

type Named<T, Place extends string> = Omit<T, 'name' | Place> & {
  readonly name: Text;
} & Readonly<Record<Place, Text>>;

const DEVICES: readonly Named<DemoDevice, 'room'>[] = [
  {
    name: { fr: 'Lumière Salon', en: 'Living Room Light' },
    type: 'light',
    room: LIVING_ROOM,
    power: 60,
    on: true,
  },
  {
    name: { fr: 'Climatiseur Chambre', en: 'Bedroom Air Conditioner' },
    type: 'climate',
    room: BEDROOM,
    power: 1200,
    on: false,
  },
  {
    name: { fr: 'TV Salon', en: 'Living Room TV' },
    type: 'entertainment',
    room: LIVING_ROOM,
    power: 150,
    on: true,
  },
];

const SENSORS: readonly Named<DemoSensor, 'location'>[] = [
  {
    name: { fr: 'Détecteur de Mouvement - Entrée', en: 'Motion Detector - Hall' },
    type: 'motion',
    location: HALL,
    battery: 85,
  },
  {
    name: { fr: 'Détecteur de Fumée - Cuisine', en: 'Smoke Detector - Kitchen' },
    type: 'smoke',
    location: KITCHEN,
    battery: 92,
  },
];

/** The home that a new store begins with: devices 1 to 3 and sensors 1 and 2, named in a language. */
export function demoHome(language: Language): {
  readonly devices: readonly DemoDevice[];
  readonly sensors: readonly DemoSensor[];
} {
  return {
    devices: DEVICES.map(({ name, room, ...device }) => ({
      ...device,
      name: name[language],
      room: room[language],
    })),
    sensors: SENSORS.map(({ name, location, ...sensor }) => ({
      ...sensor,
      name: name[language],
      location: location[language],
    })),
  };
}
