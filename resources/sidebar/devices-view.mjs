import {
  badge,
  icon,
  language,
  make,
  moreText,
  Rows,
  Section,
  tellRefusal,
  text,
} from './elements.mjs';
import { fullMomentText, quantityText } from './format.mjs';
import { byPlace, limited, matching, underPlaces } from './lists.mjs';
import { Switch } from './switch.mjs';

/** The devices under their rooms, each with its switch. */
export class DevicesView {
  /** @param turn called with a device's id and what it is to become; gives a promise of the device, or rejects with why not */
  constructor(turn) {
    this.section = new Section('devices');
    this.element = this.section.element;
    this.rows = new Rows(make('ul', 'aurion-rows').appendTo(this.section.body), (row) =>
      row.thing ? deviceRow(row.thing, turn) : placeRow(),
    );
  }

  show({ devices, home, filter, refusal = '' }) {
    if (!devices) {
      this.section.tell({ refusal });
      return;
    }
    const placeOf = ({ room }) => room;
    const found = matching(devices, filter, textsOf);
    const { shown, left } = limited(byPlace(found, placeOf, language()));
    const hint = hintFor({ devices, found, left, home });
    this.section.tell({ count: devices.length, hint, refusal });
    const rows = underPlaces(shown, placeOf).map((row) => ({ ...row, timeZone: home.timeZone }));
    this.rows.show(rows, ({ place, thing }) =>
      thing ? `device ${thing.id} ${thing.type}` : `in ${place}`,
    );
  }
}

function textsOf({ name, room, type, key = '' }) {
  return [name, room, text(`device-type.${type}`), key];
}

function hintFor({ devices, found, left, home }) {
  if (devices.length === 0) return text('empty.devices', { prefix: home.topicPrefix });
  if (found.length === 0) return text('none-found');
  return left > 0 ? moreText(left) : '';
}

/** The name of a room or place, above what is there. */
export function placeRow() {
  const element = make('li', 'aurion-place');
  return { element, update: ({ place }) => void element.text(place) };
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

function badgesOf({ type, assumed, online, temperature }) {
  const isGuess = assumed && type !== 'meter';
  return [
    ...(online ? [] : [badge('offline', text('offline'), text('device.offline-why'))]),
    ...(isGuess ? [badge('assumed-word', text('device.assumed'), text('device.assumed-why'))] : []),
    ...(temperature === undefined
      ? []
      : [badge('measure', quantityText(temperature, '°C', language(), 1))]),
  ];
}

function titleOf({ name, type, lastSeen, id, key }, timeZone) {
  const seen = lastSeen
    ? text('last-seen', { when: fullMomentText(lastSeen, { language: language(), timeZone }) })
    : text('never-seen');
  return `${name}\n${text(`device-type.${type}`)} · ${key ?? id}\n${seen}`;
}
