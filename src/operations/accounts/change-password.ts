import { done, passwordChange } from '../../contract/account';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const changePassword = operation({
  id: 'auth.change-password',
  group: 'accounts',
  role: 'guest',
  summary: {
    fr: 'Change le mot de passe ; les autres sessions du compte prennent fin',
    en: "Changes the password; the account's other sessions end",
  },
  input: passwordChange,
  answer: done,
  hashes: true,
  errors: [
    'PASSWORD_WRONG',
    'PASSWORD_REFUSED',
    'ACCOUNT_NOT_FOUND',
    'ATTEMPTS_EXCEEDED',
    'SERVICE_BUSY',
  ],
  rest: { method: 'POST', path: '/auth/change-password' },
  run: async ({ accounts }, input, { actor, origin }) => {
    await accounts.changePassword(accountOf(actor), input, origin);
    return { success: true as const };
  },
});
