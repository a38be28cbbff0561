import { z } from 'zod';
import { accountId } from '../../contract/account';
import { operation } from '../operation';

export const deleteAccount = operation({
  id: 'accounts.delete',
  group: 'accounts',
  role: 'admin',
  summary: { fr: 'Supprime un compte', en: 'Deletes an account' },
  input: accountId,
  answer: z.null(),
  errors: ['ACCOUNT_NOT_FOUND', 'ADMIN_LAST', 'SERVICE_BUSY'],
  rest: { method: 'DELETE', path: '/auth/users/:id', status: 204 },
  run: async ({ users, settings }, { id }) => {
    await users.remove(id);
    settings.forget(id);
    return null;
  },
});
