/* global module, window */

/**
 * How the dialogs' values were in earlier versions, and what they are now: one source for the runtime,
 * so that an old flow works untouched, and for the editor, so that it opens with the right values.
 */
(() => {
  /** New values, where a flow that somebody wrote by hand does not have them already. */
  const add = (values) => (config) => {
    const missing = Object.entries(values).filter(([name]) => config[name] === undefined);
    return { ...config, ...Object.fromEntries(missing) };
  };

  /** What a node's type does from one version to the next. A node without a version is of version 0. */
  const STEPS = {
    'aurion-account': [add({})],
    'aurion-alert': [add({ targetType: 'alert' })],
    'aurion-auth-guard': [add({})],
    'aurion-device': [add({ targetType: 'device', listen: '' })],
    'aurion-energy': [
      (config) => {
        const listens = config.operation === 'listen';
        const now = listens ? { ...config, operation: '', listen: 'slices' } : config;
        return add({ listen: '', targetType: 'meter' })(now);
      },
    ],
    'aurion-event': [add({})],
    'aurion-home': [add({})],
    'aurion-request': [add({})],
    'aurion-response': [add({})],
    'aurion-sensor': [add({ targetType: 'sensor', listen: '' })],
    'aurion-settings': [add({})],
    'aurion-websocket': [add({})],
  };

  /** The version that a type's dialog writes now. */
  function versionOf(type) {
    return STEPS[type].length;
  }

  /** A node's values as the newest version has them; untouched if they are, or come from a newer one. */
  function migrate(type, config) {
    const version = Number.isInteger(config.version) ? Math.max(config.version, 0) : 0;
    const steps = STEPS[type].slice(version);
    if (steps.length === 0) return config;
    const migrated = steps.reduce((values, step) => step(values), config);
    return { ...migrated, version: versionOf(type) };
  }

  function isNewer(type, { version }) {
    return Number.isInteger(version) && version > versionOf(type);
  }

  const migrations = Object.freeze({ versionOf, migrate, isNewer });
  if (typeof module === 'object') module.exports = migrations;
  else window.aurionMigrations = migrations;
})();
