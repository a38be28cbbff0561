import { device, toggleInput } from '../../contract/device';
import { operation } from '../operation';
import { COMMAND_ERRORS, IDEMPOTENCY_HEADER, scopeOf } from './command-rules';

export const toggleDevice = operation({
  id: 'devices.toggle',
  group: 'devices',
  role: 'user',
  summary: { fr: 'Allume ou éteint un appareil', en: 'Switches a device on or off' },
  input: toggleInput,
  answer: device,
  errors: COMMAND_ERRORS,
  commands: true,
  rest: { method: 'POST', path: '/devices/:id/toggle', headers: IDEMPOTENCY_HEADER },
  run: ({ devices, idempotency }, { id, idempotencyKey }, { actor }) =>
    idempotency.once(scopeOf(actor, id), idempotencyKey, { toggle: true }, (intent) =>
      devices.toggle(id, intent),
    ),
});
