import { AurionError } from '../../contract/errors';
import { satisfies } from '../../contract/role';
import { settings, settingsChanges } from '../../contract/settings';
import { operation } from '../operation';

export const changeSettings = operation({
  id: 'settings.change',
  group: 'settings',
  role: 'guest',
  summary: {
    fr: 'Change ses réglages, ou ceux de la maison (rôle user)',
    en: "Changes one's own settings, or the home's (role user)",
  },
  input: settingsChanges,
  answer: settings,
  errors: ['ACCESS_DENIED'],
  rest: { method: 'PUT', path: '/settings' },
  run: (services, changes, { actor, about }) => {
    about('settings');
    if (services.settings.isShared(changes) && !(actor && satisfies(actor.role, 'user'))) {
      throw new AurionError('ACCESS_DENIED');
    }
    return services.settings.change(actor?.kind === 'account' ? actor.accountId : null, changes);
  },
});
