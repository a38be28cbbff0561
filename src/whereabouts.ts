import type { HomeSettings } from './contract/home-settings';

/**
 * Where a home is reached, as one line for the log of who has just started it.
 * @param httpRoot what stands before its paths, such as `/red`
 */
export function whereabouts(settings: HomeSettings, httpRoot = ''): string {
  const [basePath, wsPath] = [httpRoot + settings.basePath, httpRoot + settings.wsPath];
  const { docs, topicPrefix, mqttUrl, mqttHost, mqttPort } = settings;
  const broker = mqttUrl === null ? `mqtt://${mqttHost}:${mqttPort}` : 'the outside broker';
  return [
    `REST at ${basePath}${docs ? ` (documented at ${basePath}/docs)` : ''}`,
    `WebSocket at ${wsPath}`,
    `MQTT topics ${topicPrefix}/… at ${broker}`,
  ].join(', ');
}
