import { nothing } from '../../contract/account';
import { settings } from '../../contract/settings';
import { operation } from '../operation';

export const getSettings = operation({
  id: 'settings.get',
  group: 'settings',
  role: 'guest',
  summary: {
    fr: 'Les réglages : les siens et ceux de la maison',
    en: "The settings: one's own and the home's",
  },
  input: nothing,
  answer: settings,
  errors: [],
  rest: { method: 'GET', path: '/settings' },
  run: (services, _input, { actor }) =>
    services.settings.all(actor?.kind === 'account' ? actor.accountId : null),
});
