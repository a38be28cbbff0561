import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { freePort } from './free-port';

/** Where Mosquitto is on this machine; undefined where it is not. */
export const MOSQUITTO = [
  '/usr/sbin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
]
  .filter((path) => existsSync(path))
  .at(0);

export interface Mosquitto {
  readonly url: string;
  device(options?: IClientOptions): Promise<MqttClient>;
  close(): Promise<void>;
}

/** @param lines of its configuration; without any everybody may connect */
export async function startMosquitto(lines: readonly string[] = []): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'aurion-mosquitto-'));
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const devices: MqttClient[] = [];
  const config = [`listener ${port} 127.0.0.1`, 'max_queued_messages 0', 'log_dest stderr'];
  if (lines.length === 0) config.push('allow_anonymous true');
  writeFileSync(join(folder, 'conf'), [...config, ...lines, ''].join('\n'));
  const child = spawn(MOSQUITTO!, ['-c', join(folder, 'conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(child.stderr)) {
    if (line.endsWith('running')) break;
  }
  child.stderr.resume();
  return {
    url,
    async device(options = {}) {
      const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options });
      devices.push(client);
      return client;
    },
    async close() {
      for (const device of devices) await device.endAsync(true);
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}
