import type { NodeAPI } from 'node-red';
import { AurionError, textOf, type ErrorCode } from '../../src/contract/errors';
import { createTopics } from '../../src/contract/topics';
import { submittedText } from '../../src/domain/intake/submission';
import type { Refused } from '../../src/services/intake-counts';
import { chosenOperation, operating, type OperationConfig } from '../runtime/operation-node';
import { lendPayload } from '../runtime/payload';
import { registerNode, type AurionMessage, type Passage } from '../runtime/shell';
import { summaryOf } from '../runtime/summary';
import { hearsOf } from '../runtime/target';
import { isPlainObject, saidBy } from './said';

/** What this node does of its group; the rest is the alert node's. */
const NOUNS = ['sensors'];

const REFUSED_OUTPUT = 1;
/** More refused messages a second are counted and not sent on: a flow must not drown in them. */
const REFUSED_PER_SECOND = 10;
/** Refused as they should be, and no news for a flow. */
const QUIET = ['duplicate', 'rate'];

/** What a reading can be refused with. */
const REFUSALS: readonly ErrorCode[] = ['READING_REFUSED', 'INPUT_INVALID'];

/** Does the operations of sensors, takes messages in as readings, and sends on what sensors say. */
export = function (RED: NodeAPI): void {
  registerNode<OperationConfig>(RED, 'aurion-sensor', (node, config, residence, show) => {
    const operate = operating(RED, node, config, residence, {
      group: 'security',
      nouns: NOUNS,
      show,
    });
    const { topicPrefix, language } = residence.home.settings;
    const topics = createTopics(topicPrefix);
    const ends: (() => void)[] = [];
    let refusedCount = 0;
    let window = { startMs: 0, sent: 0 };

    /** Counts it; true if it may be sent on as well. */
    function refuse(reason: string): boolean {
      refusedCount += 1;
      show(() => {
        const text = RED._('aurion-sensor.status.refused', { count: String(refusedCount), reason });
        return { fill: 'yellow', shape: 'ring', text };
      });
      const nowMs = performance.now();
      if (nowMs - window.startMs >= 1000) window = { startMs: nowMs, sent: 0 };
      window.sent += 1;
      if (window.sent > REFUSED_PER_SECOND) return false;
      return true;
    }

    async function onMessage(passage: Passage): Promise<void> {
      const { message, exchange } = passage;
      const reports = chosenOperation(passage, config) === 'sensors.report';
      const { payload } = message;
      if (reports && !isPlainObject(payload)) message.payload = saidBy(payload);
      try {
        await operate(passage);
      } catch (error) {
        const refused = reports && !exchange && error instanceof AurionError;
        if (!refused || !REFUSALS.includes(error.code)) throw error;
        const { reason } = error.params;
        const refusal = {
          reason: typeof reason === 'string' ? reason : 'wrong-type',
          message: textOf(error, language),
        };
        message.payload = payload;
        if (refuse(refusal.reason)) passage.send({ ...message, refusal }, REFUSED_OUTPUT);
      }
    }

    /** What was submitted shows the topic that its sensor would have. */
    function topicOf(incoming: Refused['incoming']): string {
      if ('topic' in incoming) return incoming.topic;
      return incoming.kind === 'sensor' ? topics.sensor(String(incoming.id)) : '';
    }

    function listen(): void {
      const hears = hearsOf(RED, node, config, residence);
      const stopReadings = residence.onEvent(({ event, data, timestamp }) => {
        if (event !== 'sensor.reading' || !hears(data.id)) return;
        show(() => summaryOf(RED, event, data));
        const topic = data.key ?? String(data.id);
        const message: AurionMessage = { _msgid: RED.util.generateId(), topic, event, timestamp };
        lendPayload(message, data);
        node.send(message);
      });
      const stopRefusals = residence.onRefused(({ incoming, ...why }) => {
        const topic = topicOf(incoming);
        const name = topics.parseSensor(topic);
        if (name === null || QUIET.includes(why.reason)) return;
        if (!hears(residence.home.idOf('sensor', name) ?? NaN)) return;
        if (!refuse(why.reason)) return;
        const refusal = { reason: why.reason, message: why.problem[language] };
        const payload =
          'payload' in incoming ? incoming.payload.toString() : submittedText(incoming);
        const message = { topic, payload, refusal };
        node.send([null, message]);
      });
      ends.push(stopReadings, stopRefusals);
    }

    if (config.listen === 'readings') listen();
    return {
      onMessage,
      onClose: () => {
        for (const end of ends) end();
      },
    };
  });
};
