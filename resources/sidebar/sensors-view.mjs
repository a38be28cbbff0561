import { badge, icon, language, make, text } from './elements.mjs';
import { fullMomentText, momentText, quantityText } from './format.mjs';
import { PlacedList } from './placed-list.mjs';

/** What a sensor's yes and no are called, where it is more than that. */
const WORDS = {
  door: ['closed', 'open'],
  window: ['closed', 'open'],
  ...Object.fromEntries(
    ['motion', 'presence', 'smoke', 'fire', 'gas', 'leak'].map((type) => [
      type,
      ['clear', 'detected'],
    ]),
  ),
};

const BATTERY_LOW_PERCENT = 20;

/** The sensors under their places: what they say, and how they are. */
export function sensorsView() {
  return new PlacedList('sensors', {
    placeOf: ({ location }) => location,
    textsOf: ({ name, location, type, key = '' }) => [
      ...[name, location, text(`sensor-type.${type}`), key],
    ],
    keyOf: ({ id }) => `sensor ${id}`,
    makeRow: sensorRow,
  });
}

function sensorRow({ id }) {
  const element = make('li', 'aurion-sensor', { 'data-sensor': id });
  const name = make('span', 'aurion-name');
  const value = make('span', 'aurion-value');
  const about = make('div', 'aurion-about');
  element.append(make('div', 'aurion-line').append(name, value), about);
  return {
    element,
    update({ thing: sensor, timeZone }) {
      const said = valueText(sensor);
      name.text(sensor.name);
      name.attr(
        'title',
        `${sensor.name}\n${text(`sensor-type.${sensor.type}`)} · ${sensor.key ?? id}`,
      );
      value.text(said ?? '–').attr('title', said === null ? text('none.value') : null);
      value.toggleClass('aurion-noticed', sensor.value === true && sensor.status === 'active');
      about.empty().append(aboutOf(sensor, timeZone));
    },
  };
}

/** What it says in words; null while it has said nothing. */
function valueText({ type, value, unit }) {
  if (value === undefined) return null;
  if (typeof value === 'number') return quantityText(value, unit, language());
  const [no, yes] = WORDS[type] ?? ['no', 'yes'];
  return text(`value.${value ? yes : no}`);
}

function aboutOf({ battery, lastTrigger, online, status }, timeZone) {
  const at = { language: language(), timeZone, now: Date.now() };
  const isOff = status === 'inactive';
  return [
    ...(isOff ? [badge('inactive', text('sensor.inactive'), text('sensor.inactive-why'))] : []),
    ...(online || isOff ? [] : [badge('offline', text('offline'), text('sensor.offline-why'))]),
    batteryOf(battery, at),
    triggerOf(lastTrigger, at),
  ];
}

function batteryOf(battery, { language: reader }) {
  const quarters = Math.round((battery ?? 0) / 25);
  const label = battery === undefined ? '–' : quantityText(battery, '%', reader, 0);
  const title = battery === undefined ? text('none.battery') : text('sensor.battery');
  return make('span', 'aurion-battery', { title })
    .toggleClass('aurion-low', battery !== undefined && battery < BATTERY_LOW_PERCENT)
    .append(icon(`battery-${quarters}`), make('span', '', { label }));
}

function triggerOf(lastTrigger, at) {
  const when = lastTrigger ? momentText(lastTrigger, at) : '–';
  const title = lastTrigger ? fullMomentText(lastTrigger, at) : text('none.trigger');
  return make('span', 'aurion-trigger', { label: text('sensor.triggered', { when }), title });
}
