import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HealthReport, PartName } from '../../contract/health';
import { processRegistry } from './process-metrics';

/** Plain counts of a home, read when somebody looks. */
export interface HomeNumbers {
  readonly health: Pick<HealthReport, 'version' | 'status' | 'parts'>;
  readonly requestsInFlight: number;
  readonly requestsLost: number;
  readonly messages: {
    readonly received: number;
    readonly kept: number;
    readonly dropped: Readonly<Record<string, number>>;
  };
  readonly fieldsLeftOut: Readonly<Record<string, number>>;
  readonly journalBytes: number;
  readonly outbox: number;
  readonly hashQueue: number;
  readonly commands: Readonly<Record<string, number>>;
  readonly live: {
    readonly clients: number;
    readonly closed: Readonly<Record<string, number>>;
    readonly refused: Readonly<Record<string, number>>;
  };
}

/** A request that is over. */
export interface AnsweredRequest {
  /** An operation's id, or the name of what else answers; never a text from outside. */
  readonly operation: string;
  /** Null when its caller left without waiting. */
  readonly status: number | null;
  readonly ms: number;
}

/** A home's metrics, in Prometheus' text format. */
export interface HomeMetrics {
  readonly contentType: string;
  answered(request: AnsweredRequest): void;
  /** The home's metrics, and those of the process. */
  text(): Promise<string>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** @param numbers asked at each scrape */
export function createHomeMetrics(numbers: () => HomeNumbers): HomeMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'aurion_http_requests_total',
    help: 'Requests that are over, by operation and class of status; `gone`: the caller left',
    labelNames: ['operation', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'aurion_http_request_duration_seconds',
    help: 'From the arrival of a request to its answer',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  });
  // Looked up once for each combination, since finding labels costs more than counting.
  const meters = new Map<string, { answered(seconds: number): void }>();

  function meterOf(operation: string, statusClass: string) {
    const name = `${statusClass} ${operation}`;
    let meter = meters.get(name);
    if (!meter) {
      const [count, duration] = [
        requests.labels(operation, statusClass),
        durations.labels(operation),
      ];
      meter = {
        answered(seconds) {
          count.inc();
          duration.observe(seconds);
        },
      };
      meters.set(name, meter);
    }
    return meter;
  }

  function gauge(name: string, help: string, read: (now: HomeNumbers) => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(numbers()));
      },
    });
  }

  /** What a service counts itself: set to its count at each scrape. */
  function counter(name: string, help: string, read: (now: HomeNumbers) => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(numbers()));
      },
    });
  }

  function counters(
    name: string,
    label: string,
    help: string,
    read: (now: HomeNumbers) => Readonly<Record<string, number>>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read(numbers()))) {
          this.inc({ [label]: value }, count);
        }
      },
    });
  }

  new Gauge({
    name: 'aurion_info',
    help: 'Always 1; what runs',
    labelNames: ['version'],
    registers,
    collect() {
      this.set({ version: numbers().health.version }, 1);
    },
  });
  gauge('aurion_ready', '0: unavailable; 0.5: degraded; 1: ok', ({ health }) => {
    return { unavailable: 0, degraded: 0.5, ok: 1 }[health.status];
  });
  new Gauge({
    name: 'aurion_part_up',
    help: '1: the part of the home works',
    labelNames: ['part'],
    registers,
    collect() {
      const { parts } = numbers().health;
      for (const part of Object.keys(parts) as PartName[]) {
        this.set({ part }, parts[part].state === 'ok' ? 1 : 0);
      }
    },
  });
  gauge(
    'aurion_http_requests_in_flight',
    'Requests on their way through a flow',
    (now) => now.requestsInFlight,
  );
  counter(
    'aurion_http_requests_lost_total',
    'Requests that a flow lost (504)',
    (now) => now.requestsLost,
  );
  counter(
    'aurion_mqtt_messages_received_total',
    'Messages that came in',
    (now) => now.messages.received,
  );
  counter(
    'aurion_mqtt_messages_kept_total',
    'Messages that were taken into the state',
    (now) => now.messages.kept,
  );
  counters(
    'aurion_mqtt_messages_dropped_total',
    'reason',
    'Messages that were not kept',
    (now) => now.messages.dropped,
  );
  counters(
    'aurion_mqtt_fields_left_out_total',
    'reason',
    'Fields that were left out of messages that were kept',
    (now) => now.fieldsLeftOut,
  );
  gauge('aurion_journal_bytes', 'Telemetry that waits for the store', (now) => now.journalBytes);
  gauge(
    'aurion_mqtt_outbox_messages',
    'Messages that the outside broker does not have yet',
    (now) => now.outbox,
  );
  counters(
    'aurion_commands_total',
    'outcome',
    'Commands to devices that are over',
    (now) => now.commands,
  );
  gauge('aurion_password_queue', 'Passwords that wait to be hashed', (now) => now.hashQueue);
  gauge('aurion_websocket_clients', 'Signed-in live clients', (now) => now.live.clients);
  counters(
    'aurion_websocket_closed_total',
    'code',
    'Live sockets that are closed',
    (now) => now.live.closed,
  );
  counters(
    'aurion_websocket_refused_total',
    'status',
    'Refused live sockets',
    (now) => now.live.refused,
  );

  return {
    contentType: registry.contentType,
    answered({ operation, status, ms }) {
      const statusClass = status === null ? 'gone' : `${Math.floor(status / 100)}xx`;
      meterOf(operation, statusClass).answered(ms / 1000);
    },
    async text() {
      return [await registry.metrics(), await processRegistry().metrics()].join('\n');
    },
  };
}
