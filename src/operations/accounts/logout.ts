import { done, nothing } from '../../contract/account';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const logout = operation({
  id: 'auth.logout',
  group: 'accounts',
  role: 'guest',
  summary: { fr: 'Ferme cette session', en: 'Ends this session' },
  input: nothing,
  answer: done,
  errors: [],
  rest: { method: 'POST', path: '/auth/logout' },
  run: async ({ sessions }, _input, { actor }) => {
    await sessions.end(accountOf(actor).sessionId);
    return { success: true as const };
  },
});
