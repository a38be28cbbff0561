import type { HomeSettings } from './contract/home-settings';

/** Where a home is reached, as one line for the log of who has just started it. */
export function whereabouts(settings: HomeSettings): string {
  const { basePath, wsPath, docs, topicPrefix, mqttUrl, mqttHost, mqttPort } = settings;
  const broker = mqttUrl === null ? `mqtt://${mqttHost}:${mqttPort}` : 'the outside broker';
  return [
    `REST at ${basePath}${docs ? ` (documented at ${basePath}/docs)` : ''}`,
    `WebSocket at ${wsPath}`,
    `MQTT topics ${topicPrefix}/… at ${broker}`,
  ].join(', ');
}
