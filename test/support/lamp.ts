import mqtt, { type MqttClient } from 'mqtt';
import type { AurionProcess } from './aurion-process';

export interface Command {
  readonly status?: boolean;
  readonly commandId: string;
  readonly expiresAt: string;
}

/** How a lamp takes a command; what it returns is published as its status. */
export type Behaviour = (command: Command) => Record<string, unknown> | null;

/** A lamp over real MQTT: it obeys commands and reports, unless told to behave otherwise. */
export class Lamp {
  readonly commands: Command[] = [];

  private constructor(
    readonly client: MqttClient,
    private readonly topic: string,
    private readonly behave: Behaviour,
  ) {}

  static async plugIn(
    aurion: AurionProcess,
    deviceId: number | string,
    behave: Behaviour = ({ status, commandId }) => ({ status, commandId }),
    /** An outside broker that lets everybody in. */
    brokerUrl?: string,
  ): Promise<Lamp> {
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const url = `mqtt://127.0.0.1:${aurion.mqttPort}`;
    const client = await mqtt.connectAsync(brokerUrl ?? url, {
      ...(brokerUrl === undefined && { username, password }),
      reconnectPeriod: 100,
    });
    aurion.onRemove.push(() => client.endAsync(true));
    const lamp = new Lamp(client, `aurion/devices/${deviceId}`, behave);
    await client.subscribeAsync(`${lamp.topic}/command`, { qos: 1 });
    client.on('message', (_topic, payload) => {
      const command = JSON.parse(payload.toString()) as Command;
      lamp.commands.push(command);
      const status = lamp.behave(command);
      if (status) lamp.report(status).catch(() => undefined);
    });
    return lamp;
  }

  /** Publishes its status; resolves when the broker has it. */
  async report(status: Record<string, unknown>): Promise<void> {
    await this.client.publishAsync(`${this.topic}/status`, JSON.stringify(status), { qos: 1 });
  }

  async say(availability: 'online' | 'offline'): Promise<void> {
    await this.client.publishAsync(`${this.topic}/availability`, availability, {
      qos: 1,
      retain: true,
    });
  }

  async unplug(): Promise<void> {
    await this.client.endAsync(true);
  }
}
