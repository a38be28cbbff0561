import { attributesOf, SHOWN } from './attributes.mjs';
import { badge, icon, language, make, tellRefusal, text } from './elements.mjs';
import { fullMomentText, numberText, quantityText } from './format.mjs';
import { PlacedList } from './placed-list.mjs';
import { Switch } from './switch.mjs';

/**
 * The devices under their rooms, each with its switch.
 * @param turn called with a device's id and what it is to become; gives a promise, or rejects with why not
 */
export function devicesView(turn) {
  return new PlacedList('devices', {
    placeOf: ({ room }) => room,
    textsOf: ({ name, room, type, key = '' }) => [name, room, text(`device-type.${type}`), key],
    keyOf: ({ id, type }) => `device ${id} ${type}`,
    makeRow: (device) => deviceRow(device, turn),
  });
}

function deviceRow({ id, type }, turn) {
  const element = make('li', 'aurion-device', { 'data-device': id });
  const toggle = new Switch(async (status) => {
    tellRefusal(element, '');
    await turn(id, status).catch((reason) => tellRefusal(element, reason));
  });
  const name = make('span', 'aurion-name');
  const badges = make('span', 'aurion-badges');
  const power = make('span', 'aurion-value');
  // A meter measures: there is nothing to switch.
  const handle =
    type === 'meter' ? make('span', 'aurion-no-switch').append(icon('tachometer')) : toggle.element;
  element.append(make('div', 'aurion-line').append(handle, name, badges, power));
  return {
    element,
    update({ thing: device, timeZone }) {
      const { status: isOn, assumed: isAssumed, online } = device;
      const reason = online ? null : text('device.offline-why');
      toggle.show({ isOn, name: device.name, isAssumed, reason });
      name.text(device.name).attr('title', titleOf(device, timeZone));
      badges.empty().append(badgesOf(device));
      const { power: watts } = device;
      power.text(watts === null ? '' : quantityText(watts, 'W', language()));
      power.attr('title', text('device.power')).toggleClass('aurion-off', !isOn);
    },
  };
}

function badgesOf(device) {
  const { type, assumed, online, temperature } = device;
  const isGuess = assumed && type !== 'meter';
  return [
    ...(online ? [] : [badge('offline', text('offline'), text('device.offline-why'))]),
    ...(isGuess ? [badge('assumed-word', text('device.assumed'), text('device.assumed-why'))] : []),
    ...(temperature === undefined
      ? []
      : [badge('measure', quantityText(temperature, '°C', language(), 1))]),
    ...attributesOf(device)
      .filter(([attribute]) => SHOWN.includes(attribute))
      .map(([attribute, value]) =>
        badge('measure', `${text(`device.attribute.${attribute}`)} ${valueText(value)}`),
      ),
  ];
}

function valueText(value) {
  return typeof value === 'number' ? numberText(value, language()) : String(value);
}

function titleOf(device, timeZone) {
  const { name, type, lastSeen, id, key } = device;
  const seen = lastSeen
    ? text('last-seen', { when: fullMomentText(lastSeen, { language: language(), timeZone }) })
    : text('never-seen');
  const reported = attributesOf(device).map(
    ([attribute, value]) => `${attribute}: ${valueText(value)}`,
  );
  return [name, `${text(`device-type.${type}`)} · ${key ?? id}`, seen, ...reported].join('\n');
}
