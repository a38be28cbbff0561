import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { describeHealth } from '../../src/adapters/http/pages';
import type { Actor } from '../../src/contract/actor';
import { presentable, toldOf } from '../../src/contract/errors';
import { LANGUAGES, type Language } from '../../src/contract/language';
import { INSIDE } from '../../src/contract/operation';
import { satisfies } from '../../src/contract/role';
import { printable } from '../../src/contract/safe-input';
import type { Operation } from '../../src/operations/operation';
import { OPERATIONS } from '../../src/operations/registry';
import { Homes } from './homes';
import { describeOperation } from './operation-description';
import type { Residence } from './residence';

/** What looking at a home takes in the editor, and what changing it or seeing its secrets takes. */
export type EditorRight = 'flows.read' | 'flows.write';

/** What an end point of the editor does with the home in its path. */
export type AtHome = (residence: Residence, req: Request) => Promise<unknown>;

/**
 * Aurion's end points in the editor, below `aurion/`, for dialogs and sidebar. Each asks for its right
 * and acts as `editor:<user>`, which the audit names (QUALITY S26).
 */
export class EditorApi {
  constructor(private readonly RED: NodeAPI) {}

  /** Serves `aurion/<path>` with what `answer` gives; null is a 404. Errors come as `{message, code}` in the reader's language. */
  serve(
    method: 'get' | 'post',
    path: string,
    right: EditorRight,
    answer: (req: Request) => Promise<unknown>,
  ): void {
    const { httpAdmin, auth } = this.RED;
    httpAdmin[method](`/aurion/${path}`, auth.needsPermission(right), (req, res) => {
      answer(req).then(
        (found) => (found === null ? res.sendStatus(404) : res.json(found)),
        (reason: unknown) => fail(req, res, reason),
      );
    });
  }

  /** As `serve`, for `aurion/homes/:home/<path>`, by the home's key or its config node's id: 404 where no such home runs. */
  serveHome(method: 'get' | 'post', path: string, right: EditorRight, answer: AtHome): void {
    this.serve(method, `homes/:home/${path}`, right, async (req) => {
      const residence = Homes.of(this.RED).byKeyOrNode(String(req.params['home']));
      return residence && !residence.isStopping ? await answer(residence, req) : null;
    });
  }

  /** `GET operations`: what there is to do. `POST homes/:home/operations/<id>`: does it, with the body as its input. */
  serveOperations(): void {
    this.serve('get', 'operations', 'flows.read', () =>
      Promise.resolve(OPERATIONS.map(describeOperation)),
    );
    for (const operation of OPERATIONS) {
      this.serveHome('post', `operations/${operation.id}`, rightFor(operation), ({ home }, req) => {
        const actor = editorOf(req);
        const call = { actor, requestId: randomUUID(), origin: INSIDE, language: languageOf(req) };
        return home.run(operation.id, inputOf(req), call);
      });
    }
  }

  /** `GET homes`: the homes of this Node-RED and how they are. */
  serveHomes(): void {
    this.serve('get', 'homes', 'flows.read', (req) => {
      const homes = Homes.of(this.RED).all();
      return Promise.resolve(homes.map((residence) => this.describe(residence, languageOf(req))));
    });
  }

  private describe({ home, nodeId }: Residence, language: Language): object {
    const { key, topicPrefix, timeZone } = home.settings;
    const { name } = (nodeId === null ? null : this.RED.nodes.getNode(nodeId)) ?? {};
    return {
      key,
      name: name || key,
      status: home.status,
      problems: home.problemTexts,
      parts: describeHealth(home.healthReport, language).parts,
      topicPrefix,
      timeZone,
    };
  }
}

/** Who uses the editor, as the audit names him; without adminAuth nobody knows. */
export function editorOf(req: object): Actor {
  const { user } = req as { readonly user?: { readonly username?: unknown } };
  const name = typeof user?.username === 'string' ? user.username : 'anonymous';
  return { kind: 'editor', user: printable(name), role: 'admin' };
}

/** To see what only administrators see takes more than the right to look. */
export function rightFor({ readOnly, role }: Operation): EditorRight {
  return readOnly && satisfies('user', role) ? 'flows.read' : 'flows.write';
}

/** Without a prototype: `__proto__` must stay an own key for the check that refuses it. */
function inputOf({ body }: Request): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body ?? {};
  return Object.assign(Object.create(null) as object, body);
}

function fail(req: Request, res: Response, reason: unknown): void {
  const error = presentable(reason);
  // What wants an account of the home finds none here; a 401 would tell the editor that its session is over.
  const status = error.status === 401 ? 400 : error.status;
  res.status(status).json(toldOf(error, languageOf(req)));
}

/** Whose language an answer has to have. */
export function languageOf(req: Request): Language {
  return LANGUAGES.find((each) => each === req.acceptsLanguages(...LANGUAGES)) ?? 'en';
}
