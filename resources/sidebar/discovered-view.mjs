import { button, language, make, moreText, Rows, Section, tellRefusal, text } from './elements.mjs';
import { fullMomentText, momentText } from './format.mjs';
import { guessedType, limited, matching, remembering, suggestedKey } from './lists.mjs';

export const DEVICE_TYPES = [
  ...['light', 'climate', 'fan', 'entertainment', 'appliance', 'meter', 'other'],
];

export const SENSOR_TYPES = [
  ...['motion', 'smoke', 'fire', 'gas', 'leak', 'door', 'window', 'presence'],
  ...['temperature', 'humidity', 'other'],
];

const PLACES_ID = 'aurion-sidebar-places';

const KINDS = {
  device: { types: DEVICE_TYPES, place: 'room' },
  sensor: { types: SENSOR_TYPES, place: 'location' },
};

/** What speaks on the home's topics without being registered, with the form that registers it. */
export class DiscoveredView {
  /** @param adopt called with `device` or `sensor` and the form's input; gives a promise, or rejects with why not */
  constructor(adopt) {
    this.section = new Section('discovered');
    this.element = this.section.element;
    this.places = make('datalist', '', { id: PLACES_ID }).appendTo(this.element);
    this.offer = remembering((places) => {
      this.places.empty().append(places.map((place) => make('option').val(place)));
    });
    this.rows = new Rows(make('ul', 'aurion-rows').appendTo(this.section.body), (found) =>
      foundRow(found, adopt),
    );
  }

  /** @param places the names of rooms and places there are */
  show({ devices, sensors, places, home, filter, refusal = '' }) {
    if (!devices || !sensors) {
      this.section.tell({ refusal });
      return;
    }
    const all = [
      ...devices.map((found) => ({ ...found, kind: 'device' })),
      ...sensors.map((found) => ({ ...found, kind: 'sensor' })),
    ].sort((a, b) => b.lastSeen.localeCompare(a.lastSeen));
    const { shown, left } = limited(matching(all, filter, ({ key, topic }) => [key, topic]));
    const hint = hintFor({ all, shown, left, home });
    this.section.tell({ count: all.length, hint, refusal });
    this.offer(places);
    this.rows.show(
      shown.map((found) => ({ ...found, timeZone: home.timeZone })),
      ({ kind, key }) => `${kind} ${key}`,
    );
  }
}

function hintFor({ all, shown, left, home }) {
  if (all.length === 0) return text('empty.discovered', { prefix: home.topicPrefix });
  if (shown.length === 0) return text('none-found');
  return left > 0 ? moreText(left) : '';
}

function foundRow(found, adopt) {
  const { key, kind, reason } = found;
  const element = make('li', 'aurion-found', { 'data-found': key });
  const title = make('span', 'aurion-name', { label: key });
  const about = make('div', 'aurion-about');
  const sample = make('code', 'aurion-sample');
  const open = button(text('adopt.open')).on('click', () => {
    const form = element.children('form');
    if (form.length > 0) form.remove();
    else adoptForm(found, adopt).appendTo(element).find('input').first().trigger('select');
  });
  element.append(make('div', 'aurion-line').append(title, open), about, sample);
  if (reason !== undefined) element.append(make('div', 'aurion-about aurion-no-key').text(reason));
  return {
    element,
    update({ topic, count, lastSeen, sample: said, timeZone }) {
      const at = { language: language(), timeZone, now: Date.now() };
      title.attr('title', topic);
      about.text(`${text(`kind.${kind}`)} · ×${count} · ${momentText(lastSeen, at)}`);
      about.attr('title', fullMomentText(lastSeen, at));
      sample.text(said).attr('title', `${topic}\n${said}`);
    },
  };
}

function adoptForm(found, adopt) {
  const { types, place } = KINDS[found.kind];
  const name = make('input', '', { type: 'text', maxlength: 100, required: '' }).val(found.key);
  const type = make('select').append(
    types.map((each) =>
      make('option', '', { label: text(`${found.kind}-type.${each}`) }).val(each),
    ),
  );
  type.val(guessedType(found, found.kind, types));
  const where = make('input', '', { type: 'text', maxlength: 100, required: '', list: PLACES_ID });
  const key = make('input', '', { type: 'text', maxlength: 64, required: '' }).val(
    suggestedKey(found),
  );
  const send = button(text('adopt.do'), { primary: true }).attr('type', 'submit');
  const form = make('form', 'aurion-adopt').append(
    labelled('adopt.name', name),
    labelled('adopt.type', type),
    labelled(`adopt.${place}`, where),
    ...(found.adoptable ? [] : [labelled('adopt.key', key)]),
    make('div', 'aurion-foot').append(send),
  );
  return form.on('submit', async (event) => {
    event.preventDefault();
    send.prop('disabled', true);
    tellRefusal(form, '');
    const input = {
      ...{ key: found.key, name: name.val(), type: type.val(), [place]: where.val() },
      ...(!found.adoptable && { newKey: key.val() }),
    };
    await adopt(found.kind, input).catch((reason) => tellRefusal(form, reason));
    send.prop('disabled', false);
  });
}

function labelled(key, field) {
  return make('label').append(make('span', '', { label: text(key) }), field);
}
