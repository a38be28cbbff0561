import { done, nothing } from '../../contract/account';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const logoutAll = operation({
  id: 'auth.logout-all',
  group: 'accounts',
  role: 'guest',
  summary: { fr: 'Ferme toutes les sessions du compte', en: 'Ends every session of the account' },
  input: nothing,
  answer: done,
  errors: [],
  rest: { method: 'POST', path: '/auth/logout-all' },
  run: async ({ sessions }, _input, { actor }) => {
    await sessions.endAll(accountOf(actor).accountId);
    return { success: true as const };
  },
});
