import { areaPath, curveOf, endOfHour, linePath, meanPower } from './curve.mjs';
import { make, language, Section, showValue, text } from './elements.mjs';
import { fullMomentText, hourText, moneyText, numberText, quantityText } from './format.mjs';

const SVG = 'http://www.w3.org/2000/svg';
const BOX = { width: 240, height: 60 };

/** What the home draws now, what it used and cost today, and the last 24 hours. */
export class EnergyView {
  constructor() {
    this.section = new Section('energy');
    this.element = this.section.element;
    const figures = make('div', 'aurion-figures').appendTo(this.section.body);
    this.figures = {};
    for (const name of ['now', 'today', 'cost']) {
      this.figures[name] = make('span', 'aurion-figure');
      make('div', '', { 'data-figure': name })
        .append(this.figures[name], make('span', 'aurion-what', { label: text(`energy.${name}`) }))
        .appendTo(figures);
    }
    this.curve = make('div', 'aurion-curve').appendTo(this.section.body);
    this.table = make('table', 'aurion-hours');
    make('details', 'aurion-as-table')
      .append(make('summary', '', { label: text('energy.table') }), this.table)
      .appendTo(this.section.body);
  }

  show({ consumption, history, refusal = '', home }) {
    this.section.tell({ refusal, hint: hintFor(history, consumption) });
    if (consumption) this.#showFigures(consumption);
    // What stands stays, with the words that somebody is reading.
    if (!history || history === this.drawn) return;
    this.drawn = history;
    this.#showHistory(history, home.timeZone);
  }

  #showFigures({ current, today, cost, currency, costReason }) {
    const reader = language();
    const quantity = (value, unit) => (value === null ? null : quantityText(value, unit, reader));
    const money = cost === null ? null : moneyText(cost, currency, reader);
    const whyNone = text(costReason ? `cost.${costReason}` : 'none.cost');
    showValue(this.figures.now, quantity(current, 'kW'), text('none.power'));
    showValue(this.figures.today, quantity(today, 'kWh'), text('none.today'));
    showValue(this.figures.cost, money, whyNone);
  }

  #showHistory(history, timeZone) {
    const at = { language: language(), timeZone };
    const hours = history.map((point) => describe(point, at));
    const { max, ...shape } = curveOf(history, BOX);
    const [first, last] = [history[0], history.at(-1)].map((point) => point?.timestamp);
    const scale = make('div', 'aurion-scale', { 'aria-hidden': 'true' }).append(
      make('span', '', { label: first ? hourText(first, at) : '' }),
      make('span', '', { label: text('energy.scale') }),
      make('span', '', { label: last ? hourText(endOfHour(last), at) : '' }),
    );
    const top = make('div', 'aurion-top', { 'aria-hidden': 'true' });
    top.text(shape.segments.length > 0 ? quantityText(max, 'kW', at.language) : '');
    this.curve.empty().append(top, drawing(shape, hours, summaryOf(history, at)), scale);
    this.#tabulate(hours);
  }

  #tabulate(hours) {
    const rows = hours.map(({ when, used, money }) =>
      make('tr').append(
        make('th', '', { scope: 'row', label: when }),
        make('td', '', { label: used }),
        make('td', '', { label: money }),
      ),
    );
    this.table.empty().append(rows);
  }
}

/** An empty curve needs an explanation, and so does a cost that is not known. */
function hintFor(history, consumption) {
  const isEmpty = history?.every((point) => point.consumption === null) ?? false;
  if (isEmpty) return text('empty.energy');
  return consumption?.costReason ? text(`cost.${consumption.costReason}`) : '';
}

/** An hour in words. */
function describe(point, { language: reader, timeZone }) {
  const { timestamp, consumption, cost, currency, coverage } = point;
  const at = { language: reader, timeZone };
  const when = `${hourText(timestamp, at)} – ${hourText(endOfHour(timestamp), at)}`;
  if (consumption === null) {
    return { when, used: '–', money: '–', title: `${when}: ${text('energy.missing')}` };
  }
  const used = quantityText(consumption, 'kWh', reader);
  const money = cost === null ? '–' : moneyText(cost, currency, reader);
  const known = numberText(coverage * 100, reader, 0);
  const partly = coverage < 1 ? [text('energy.partly', { percent: known })] : [];
  const power = quantityText(meanPower(point) ?? 0, 'kW', reader);
  const words = [
    used,
    ...(cost === null ? [] : [money]),
    text('energy.mean', { power }),
    ...partly,
  ];
  return { when, used, money, title: `${when}: ${words.join(', ')}` };
}

/** The curve as one text, for those who don't see it. */
function summaryOf(history, at) {
  const known = history.filter((point) => meanPower(point) !== null);
  if (known.length === 0) return text('empty.energy');
  const peak = known.reduce((a, b) => (meanPower(b) > meanPower(a) ? b : a));
  return text('energy.summary', {
    peak: quantityText(meanPower(peak), 'kW', at.language),
    when: fullMomentText(peak.timestamp, at),
    known: known.length,
    of: history.length,
  });
}

function drawing({ slot, segments, gaps }, hours, summary) {
  const { width, height } = BOX;
  const svg = draw('svg', {
    ...{ viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none' },
    ...{ role: 'img', 'aria-label': summary },
  });
  for (const { x, width: wide } of gaps) {
    svg.append(draw('rect', { class: 'aurion-gap', x, y: 0, width: wide, height }));
  }
  for (const segment of segments) {
    svg.append(draw('path', { class: 'aurion-area', d: areaPath(segment, height) }));
    svg.append(draw('path', { class: 'aurion-stroke', d: linePath(segment) }));
  }
  hours.forEach(({ title }, i) => {
    const hour = draw('rect', { class: 'aurion-hour', x: i * slot, y: 0, width: slot, height });
    const words = draw('title');
    words.textContent = title;
    hour.append(words);
    svg.append(hour);
  });
  return svg;
}

function draw(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
