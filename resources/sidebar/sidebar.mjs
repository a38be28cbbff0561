import { AlertsView } from './alerts-view.mjs';
import { devicesView } from './devices-view.mjs';
import { DiscoveredView } from './discovered-view.mjs';
import { make, language, text } from './elements.mjs';
import { EnergyView } from './energy-view.mjs';
import { Feed } from './feed.mjs';
import { HomeView } from './home-view.mjs';
import { remembering } from './lists.mjs';
import { sensorsView } from './sensors-view.mjs';

const CHOICE = 'aurion-sidebar-home';

/** What goes by without anybody telling: hours of the curve, sensors that fall silent. */
const LOOK_EVERY_MS = 60_000;

/** What is asked for of a home, by which operation, and how long to wait at least in between. */
const THINGS = {
  devices: { operation: 'devices.list', pauseMs: 300 },
  sensors: { operation: 'sensors.list', pauseMs: 300 },
  alerts: { operation: 'alerts.list', input: { active: true, limit: 500 }, pauseMs: 300 },
  consumption: { operation: 'energy.consumption', pauseMs: 300 },
  history: { operation: 'energy.history', input: { period: '24h' }, pauseMs: 10_000 },
  foundDevices: { operation: 'devices.discovered', pauseMs: 300 },
  foundSensors: { operation: 'sensors.discovered', pauseMs: 300 },
};

/** What to ask for when the runtime says that something of the home may look different. */
const OF_ASPECT = {
  health: ['homes'],
  devices: ['devices'],
  sensors: ['sensors'],
  alerts: ['alerts'],
  energy: ['consumption', 'history'],
  discovered: ['foundDevices', 'foundSensors'],
};

/** The home at a glance. It asks for what it shows only while it can be seen. */
export class Sidebar {
  #homes = [];
  #key = RED.settings.getLocal(CHOICE);
  #answers = {};
  #refusals = {};
  #filter = '';
  /** Something may have happened that was not heard. */
  #isBehind = false;

  constructor() {
    this.feed = new Feed({
      pauses: { homes: 300, ...pausesOf(THINGS) },
      ask: (name) => (name === 'homes' ? askHomes() : this.#askHome(name)),
      hear: (told) => this.#hear(told),
    });
    this.homeView = new HomeView((key) => this.#choose(key));
    this.views = {
      alerts: new AlertsView((id) => this.#do('alerts.acknowledge', { id }, 'alerts')),
      energy: new EnergyView(),
      devices: devicesView((id, status) => this.#turn(id, status)),
      sensors: sensorsView(),
      discovered: new DiscoveredView((kind, input) => this.#adopt(kind, input)),
    };
    const { alerts, energy, devices, sensors, discovered } = this.views;
    this.placesOf = remembering(placesOf);
    this.filter = this.#makeFilter();
    this.lists = make('div', 'aurion-lists').append(
      ...[alerts.element, energy.element, this.filter],
      ...[devices.element, sensors.element, discovered.element],
    );
    this.element = make('div', 'aurion-sidebar').append(this.homeView.element, this.lists);
    this.lists.hide();
  }

  /** Begins to look and listen. */
  start() {
    const look = () => this.feed.watch(this.isSeen && document.visibilityState === 'visible');
    new IntersectionObserver((entries) => {
      this.isSeen = entries.at(-1).isIntersecting;
      look();
    }).observe(this.element[0]);
    document.addEventListener('visibilitychange', look);
    RED.comms.subscribe('aurion/changed/#', (topic, { aspects }) => {
      const isOurs = topic === `aurion/changed/${this.#key}`;
      // Any home may come or go.
      const news = isOurs ? aspects : aspects.filter((aspect) => aspect === 'health');
      const names = news.flatMap((aspect) => OF_ASPECT[aspect] ?? []);
      if (names.length > 0) this.feed.stale(...names);
    });
    RED.comms.on('connect', () => {
      // What was told while the connection was gone, nobody heard. A home that is not up again would only say so.
      this.#isBehind = true;
      this.feed.stale('homes');
    });
    setInterval(() => this.feed.stale(), LOOK_EVERY_MS);
    this.feed.stale();
  }

  get #home() {
    return this.#homes.find(({ key }) => key === this.#key) ?? null;
  }

  /** A home that can't serve would only say so to each question. */
  get #isServing() {
    return this.#home !== null && this.#home.status !== 'unavailable';
  }

  #askHome(name) {
    const { operation, input } = THINGS[name];
    if (!this.#isServing) return Promise.resolve(undefined);
    return promise(window.aurionEditor.run(this.#key, operation, input));
  }

  #hear({ name, answer, refusal = '' }) {
    this.#refusals[name] = refusal;
    if (name === 'homes') this.#hearHomes(answer);
    else if (answer !== undefined) this.#answers[name] = answer;
    this.#showSoon();
  }

  #hearHomes(homes) {
    if (!homes) return;
    const before = this.#home;
    this.#homes = homes;
    const key = this.#home?.key ?? homes[0]?.key ?? null;
    if (key !== before?.key) this.#begin(key);
    // It has come up, or something of it came back: everything may be different.
    else if (this.#isBehind || JSON.stringify(before) !== JSON.stringify(this.#home))
      this.#askAll();
    this.#isBehind = false;
  }

  #choose(key) {
    RED.settings.setLocal(CHOICE, key);
    this.#begin(key);
    this.#showSoon();
  }

  #begin(key) {
    this.#key = key;
    this.#answers = {};
    this.#refusals = {};
    this.feed.reset('homes');
    this.#askAll();
  }

  #askAll() {
    this.feed.stale(...Object.keys(THINGS));
  }

  /** Once, however many answers come in before the next picture. */
  #showSoon() {
    this.willShow ??= requestAnimationFrame(() => {
      this.willShow = null;
      this.#show();
    });
  }

  #show() {
    const home = this.#home;
    this.homeView.show({ homes: this.#homes, home, refusal: this.#refusals.homes });
    this.lists.toggle(this.#isServing);
    if (!this.#isServing) return;
    const [filter, answers] = [this.#filter, this.#answers];
    const refusal = (...names) => names.map((name) => this.#refusals[name]).find(Boolean);
    const { alerts, energy, devices, sensors, discovered } = this.views;
    alerts.show({ ...answers, home, refusal: refusal('alerts') });
    energy.show({ ...answers, home, refusal: refusal('consumption', 'history') });
    devices.show({ things: answers.devices, home, filter, refusal: refusal('devices') });
    sensors.show({ things: answers.sensors, home, filter, refusal: refusal('sensors') });
    discovered.show({
      ...{ devices: answers.foundDevices, sensors: answers.foundSensors },
      places: this.placesOf(answers.devices, answers.sensors),
      ...{ home, filter, refusal: refusal('foundDevices', 'foundSensors') },
    });
  }

  /** Does something in the home; what it changes is asked for anew at once. */
  async #do(operation, input, ...changed) {
    try {
      return await promise(window.aurionEditor.run(this.#key, operation, input));
    } finally {
      this.feed.stale(...changed);
    }
  }

  /** The switch shows what came of it as soon as that is known. */
  async #turn(id, status) {
    const device = await this.#do('devices.command', { id, status }, 'devices');
    const { devices = [] } = this.#answers;
    this.#answers.devices = devices.map((each) => (each.id === device.id ? device : each));
    this.#showSoon();
  }

  #adopt(kind, input) {
    if (kind === 'device') return this.#do('devices.adopt', input, 'devices', 'foundDevices');
    return this.#do('sensors.adopt', input, 'sensors', 'foundSensors');
  }

  #makeFilter() {
    const words = { placeholder: text('filter'), 'aria-label': text('filter') };
    return make('input', 'aurion-filter', { type: 'search', ...words }).on('input', (event) => {
      this.#filter = event.target.value;
      this.#showSoon();
    });
  }
}

function askHomes() {
  const headers = { 'Accept-Language': language() };
  const asked = $.ajax({ url: 'aurion/homes', dataType: 'json', headers });
  return promise(asked).catch((failure) => Promise.reject(window.aurionEditor.reasonOf(failure)));
}

/** A promise of the language of what jQuery promises. */
function promise(asked) {
  return new Promise((resolve, reject) => asked.then(resolve, reject));
}

/** The names of rooms and places there are, for whoever has to name one. */
function placesOf(devices = [], sensors = []) {
  const all = [...devices.map(({ room }) => room), ...sensors.map(({ location }) => location)];
  return [...new Set(all)].sort(new Intl.Collator(language()).compare);
}

function pausesOf(things) {
  return Object.fromEntries(Object.entries(things).map(([name, { pauseMs }]) => [name, pauseMs]));
}
