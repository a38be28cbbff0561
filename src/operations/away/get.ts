import { nothing } from '../../contract/account';
import { awayMode } from '../../contract/away';
import { operation } from '../operation';

export const getAwayMode = operation({
  id: 'away.get',
  group: 'devices',
  role: 'guest',
  summary: { fr: 'Le mode absence', en: 'Away mode' },
  input: nothing,
  answer: awayMode,
  errors: [],
  rest: { method: 'GET', path: '/devices/away-mode' },
  run: ({ away }) => away.mode,
});
