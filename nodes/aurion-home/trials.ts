import type { Request } from 'express';
import type { Node, NodeAPI } from 'node-red';
import { z } from 'zod';
import { AurionError } from '../../src/contract/errors';
import {
  readHomeSettings,
  SettingInvalid,
  type HomeSettings,
} from '../../src/contract/home-settings';
import { printable } from '../../src/contract/safe-input';
import { told, type ToldVerdict, type Verdict } from '../../src/contract/verdict';
import type { HomeSecrets } from '../../src/home';
import { tryStore } from '../../src/open-store';
import { tryBroker } from '../../src/try-broker';
import { editorOf, languageOf, type EditorApi } from '../runtime/editor-api';
import { createHomeLogger } from '../runtime/home-log';
import { homeFolder, Homes } from '../runtime/homes';
import { SECRETS, secretsOf } from './secrets';

/** What Node-RED's editor holds instead of a password that was not touched. */
const UNTOUCHED = '__PWRD__';

/** What settings a trial is about: what is wrong elsewhere in the dialog is not its business. */
const SETTINGS = {
  broker: ['key', 'topicPrefix', 'mqttUrl', 'mqttHost', 'mqttPort', 'mqttWsPort'],
  store: ['key'],
} as const;

const asked = z.object({
  /** The config node's, deployed or not. */
  id: z.string().max(64).default(''),
  /** As typed in the dialog. */
  values: z.record(z.string(), z.string().max(2000)).default({}),
});

interface Typed {
  readonly settings: HomeSettings;
  readonly secrets: HomeSecrets;
}

/**
 * `POST trials/broker` and `POST trials/store`: what would become of a home as its dialog has it now.
 * A password that was not touched is taken from the deployed node, and only tried; the verdict holds none.
 */
export function serveTrials(RED: NodeAPI, api: EditorApi): void {
  const homes = Homes.of(RED);
  const serve = (part: keyof typeof SETTINGS, run: (typed: Typed) => Promise<Verdict>) =>
    api.serve('post', `trials/${part}`, 'flows.write', async (req): Promise<ToldVerdict> => {
      const typed = readTyped(RED, part, req.body ?? {});
      await note(RED, typed.settings.key, part, req);
      return told(await run(typed), languageOf(req));
    });

  serve('broker', ({ settings, secrets }) => {
    const account = homes.byKey(settings.key)?.home.brokerAccount;
    return tryBroker({
      settings,
      username: secrets.mqttUsername ?? account?.mqttUsername,
      password: secrets.mqttPassword ?? account?.mqttPassword,
      holderOf: (port) =>
        homes.all().find(({ home }) => home.listensOn(port))?.home.settings.key ?? null,
    });
  });

  serve('store', ({ settings: { key }, secrets }) =>
    tryStore({
      url: secrets.storeUrl,
      folder: homeFolder(RED, key),
      logger: createHomeLogger(RED, key),
    }),
  );
}

/** @throws INPUT_INVALID */
function readTyped(RED: NodeAPI, part: keyof typeof SETTINGS, body: unknown): Typed {
  const input = asked.safeParse(body);
  if (!input.success) throw invalid('id, values');
  const { id, values } = input.data;
  const node = RED.nodes.getNode(id) as Node<Record<string, unknown>> | null;
  const deployed = node?.type === 'aurion-home' ? node : null;
  const valueOf = (name: string) =>
    Object.hasOwn(values, name) ? resolved(RED, deployed, values[name] ?? '') : '';
  const credentials: Record<string, unknown> = {};
  for (const name of SECRETS) {
    const value = valueOf(name);
    credentials[name] = value === UNTOUCHED ? deployed?.credentials[name] : value;
  }
  try {
    const settings = readHomeSettings(
      Object.fromEntries(SETTINGS[part].map((name) => [name, valueOf(name)])),
    );
    return { settings, secrets: secretsOf(RED, settings.key, credentials) };
  } catch (error) {
    throw error instanceof SettingInvalid ? invalid(error.message) : error;
  }
}

/** A `${VARIABLE}` as Node-RED fills it in when it starts the node: what is not set stays as it is. */
function resolved(RED: NodeAPI, node: Node | null, value: string): string {
  const name = /^\$\{([^}]+)\}$/.exec(value)?.[1];
  if (name === undefined) return value;
  const filled: unknown = RED.util.getSetting(node as never, name);
  return typeof filled === 'string' || typeof filled === 'number' ? String(filled) : value;
}

/** In the home's audit; of a home that does not run, in Node-RED's log. */
async function note(
  RED: NodeAPI,
  key: string,
  part: keyof typeof SETTINGS,
  req: Request,
): Promise<void> {
  const [actor, action] = [editorOf(req), `home.test-${part}`] as const;
  if (await Homes.of(RED).byKey(key)?.home.noteDeed(actor, action)) return;
  const user = actor.kind === 'editor' ? actor.user : '';
  createHomeLogger(RED, key).info(`${action} by editor:${printable(user)}`);
}

function invalid(problem: string): AurionError {
  return new AurionError('INPUT_INVALID', { params: { problem } });
}
