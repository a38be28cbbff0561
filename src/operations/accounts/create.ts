import { account, newAccount } from '../../contract/account';
import { operation } from '../operation';

export const createAccount = operation({
  id: 'accounts.create',
  group: 'accounts',
  role: 'admin',
  summary: { fr: "Crée un compte pour quelqu'un", en: 'Makes an account for somebody' },
  input: newAccount,
  answer: account,
  hashes: true,
  errors: ['EMAIL_TAKEN', 'PASSWORD_REFUSED', 'SERVICE_BUSY'],
  rest: { method: 'POST', path: '/auth/users', status: 201 },
  run: async ({ users }, input, { about }) => {
    const created = await users.create(input);
    about(`account:${created.id} role=${created.role}`);
    return created;
  },
});
