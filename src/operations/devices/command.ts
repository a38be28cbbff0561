import { commandInput, device } from '../../contract/device';
import { operation } from '../operation';
import { COMMAND_ERRORS, IDEMPOTENCY_HEADER, scopeOf } from './command-rules';

export const commandDevice = operation({
  id: 'devices.command',
  group: 'devices',
  role: 'user',
  summary: {
    fr: 'Commande un appareil : état, luminosité, température…',
    en: 'Commands a device: status, brightness, temperature …',
  },
  input: commandInput,
  answer: device,
  errors: COMMAND_ERRORS,
  commands: true,
  rest: { method: 'POST', path: '/devices/:id/command', headers: IDEMPOTENCY_HEADER },
  run: ({ devices, idempotency }, { id, idempotencyKey, status, ...attributes }, { actor }) => {
    const wanted = { ...(status !== undefined && { status }), attributes };
    return idempotency.once(scopeOf(actor, id), idempotencyKey, { command: wanted }, (intent) =>
      devices.command(id, () => intent(() => wanted)),
    );
  },
});
