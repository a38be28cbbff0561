/** What devices report beside what Aurion says of them itself. Pure. */

/** Aurion's own fields of a device: those of its contract. */
export const OWN_FIELDS = [
  ...['id', 'name', 'type', 'room', 'status', 'power', 'temperature'],
  ...['icon', 'key', 'main', 'online', 'assumed', 'lastSeen'],
];

/** Those a row shows; the rest stands in its title. Without a unit: each device has its own scale. */
export const SHOWN = ['brightness', 'colorTemperature', 'position', 'targetTemperature', 'mode'];

/** Name and value of each thing a device reported. */
export function attributesOf(device) {
  return Object.entries(device).filter(
    ([name, value]) => !OWN_FIELDS.includes(name) && typeof value !== 'object',
  );
}
