/** Who may do what below a home's prefix (CONTRACT §3, QUALITY S16): topic filters, written as MQTT writes them. */
export interface TopicRights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The installer: everything of the home. */
export function installerRights(prefix: string): TopicRights {
  return { publish: [`${prefix}/#`], subscribe: [`${prefix}/#`] };
}

/** A device or meter, by its id and key: its own topics only. It publishes what it has to say and hears its commands. */
export function deviceRights(prefix: string, names: readonly string[]): TopicRights {
  return {
    publish: names.flatMap((name) => [
      `${prefix}/devices/${name}/status`,
      `${prefix}/devices/${name}/availability`,
      `${prefix}/energy/${name}/data`,
    ]),
    subscribe: names.flatMap((name) => [
      `${prefix}/devices/${name}/#`,
      `${prefix}/energy/${name}/#`,
    ]),
  };
}

/** A sensor, by its id and key: its own topics only. */
export function sensorRights(prefix: string, names: readonly string[]): TopicRights {
  return {
    publish: names.map((name) => `${prefix}/sensors/${name}/data`),
    subscribe: names.map((name) => `${prefix}/sensors/${name}/#`),
  };
}

/** The user name of a device or sensor at a broker. */
export function usernameOf({
  kind,
  id,
}: {
  readonly kind: 'device' | 'sensor';
  readonly id: number;
}): string {
  return `${kind}-${id}`;
}

/** A person's page: reads status, alerts and consumption. */
export function userRights(prefix: string): TopicRights {
  return {
    publish: [],
    subscribe: [
      `${prefix}/devices/+/status`,
      `${prefix}/devices/+/availability`,
      `${prefix}/alerts/#`,
      `${prefix}/energy/consumption`,
      `${prefix}/status`,
    ],
  };
}

/** True if every topic that `filter` matches is matched by one of `allowed`. A topic is a filter without wildcards. */
export function isAllowed(allowed: readonly string[], filter: string): boolean {
  const asked = filter.split('/');
  return allowed.some((pattern) => covers(pattern.split('/'), asked));
}

function covers(pattern: readonly string[], asked: readonly string[]): boolean {
  for (const [i, part] of pattern.entries()) {
    if (part === '#') return asked.length >= i;
    const level = asked[i];
    if (level === undefined || level === '#') return false;
    if (part !== '+' && part !== level) return false;
  }
  return asked.length === pattern.length;
}
