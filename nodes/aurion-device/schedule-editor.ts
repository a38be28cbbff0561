import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { presentable, textOf } from '../../src/contract/errors';
import { LANGUAGES } from '../../src/contract/language';
import { INSIDE, type Call } from '../../src/contract/operation';
import { Homes } from '../runtime/homes';

/**
 * What the device's dialog does to the schedules of a running home: below `aurion/homes/:key`, `GET`
 * and `POST devices/:id/schedules`, `DELETE schedules/:id`. To see them takes the right to read flows,
 * to change them that to write flows (QUALITY S26); who did is in the audit.
 */
export function serveScheduleEditor(RED: NodeAPI): void {
  const { httpAdmin, auth } = RED;
  const ofDevice = '/aurion/homes/:key/devices/:id/schedules';
  const read = auth.needsPermission('flows.read');
  const write = auth.needsPermission('flows.write');

  function run(operationId: string, inputOf: (req: Request) => object) {
    return (req: Request, res: Response): void => {
      const residence = Homes.of(RED).byKey(String(req.params['key']));
      if (!residence) {
        res.sendStatus(404);
        return;
      }
      residence.home.run(operationId, inputOf(req), callOf(req)).then(
        (answer) => res.json(answer),
        (reason: unknown) => {
          const error = presentable(reason);
          const language = LANGUAGES.find((each) => each === req.acceptsLanguages(...LANGUAGES));
          res.status(error.status).json({ message: textOf(error, language ?? 'en') });
        },
      );
    };
  }

  const idOf = ({ params }: Request) => ({ id: params['id'] });
  httpAdmin.get(ofDevice, read, run('schedules.list', idOf));
  httpAdmin.post(
    ofDevice,
    write,
    // Without a prototype: `__proto__` must stay an own key for the check that refuses it.
    run('schedules.create', (req) =>
      Object.assign(Object.create(null) as object, req.body as object, idOf(req)),
    ),
  );
  httpAdmin.delete('/aurion/homes/:key/schedules/:id', write, run('schedules.delete', idOf));
}

/** As whoever is signed in to the editor; an editor without accounts knows nobody. */
function callOf(req: Request): Call {
  const { user } = req as { readonly user?: { readonly username?: string } };
  const actor = { kind: 'editor', user: user?.username ?? 'anonymous', role: 'admin' } as const;
  return { actor, requestId: randomUUID(), origin: INSIDE };
}
