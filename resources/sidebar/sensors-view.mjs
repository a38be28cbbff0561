import { badge, icon, language, make, moreText, Rows, Section, text } from './elements.mjs';
import { placeRow } from './devices-view.mjs';
import { fullMomentText, momentText, quantityText } from './format.mjs';
import { byPlace, limited, matching, underPlaces } from './lists.mjs';

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
export class SensorsView {
  constructor() {
    this.section = new Section('sensors');
    this.element = this.section.element;
    this.rows = new Rows(make('ul', 'aurion-rows').appendTo(this.section.body), (row) =>
      row.thing ? sensorRow(row.thing) : placeRow(),
    );
  }

  show({ sensors, home, filter, refusal = '' }) {
    if (!sensors) {
      this.section.tell({ refusal });
      return;
    }
    const placeOf = ({ location }) => location;
    const found = matching(sensors, filter, textsOf);
    const { shown, left } = limited(byPlace(found, placeOf, language()));
    const hint = hintFor({ sensors, found, left, home });
    this.section.tell({ count: sensors.length, hint, refusal });
    const rows = underPlaces(shown, placeOf).map((row) => ({ ...row, timeZone: home.timeZone }));
    this.rows.show(rows, ({ place, thing }) => (thing ? `sensor ${thing.id}` : `in ${place}`));
  }
}

function textsOf({ name, location, type, key = '' }) {
  return [name, location, text(`sensor-type.${type}`), key];
}

function hintFor({ sensors, found, left, home }) {
  if (sensors.length === 0) return text('empty.sensors', { prefix: home.topicPrefix });
  if (found.length === 0) return text('none-found');
  return left > 0 ? moreText(left) : '';
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
