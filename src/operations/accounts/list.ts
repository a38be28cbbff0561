import { z } from 'zod';
import { account, nothing } from '../../contract/account';
import { operation } from '../operation';

export const listAccounts = operation({
  id: 'accounts.list',
  group: 'accounts',
  role: 'admin',
  summary: { fr: 'Les comptes', en: 'The accounts' },
  input: nothing,
  answer: z.array(account),
  errors: [],
  rest: { method: 'GET', path: '/auth/users' },
  run: ({ users }) => users.list(),
});
