import { profile, user } from '../../contract/account';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const changeProfile = operation({
  id: 'auth.profile',
  group: 'accounts',
  role: 'guest',
  summary: {
    fr: "Change le nom, l'email ou le téléphone du compte ; un autre email demande « currentPassword »",
    en: "Changes the account's name, e-mail or phone; another e-mail needs `currentPassword`",
  },
  input: profile,
  answer: user,
  errors: [
    'EMAIL_TAKEN',
    'PASSWORD_WRONG',
    'ACCOUNT_NOT_FOUND',
    'ATTEMPTS_EXCEEDED',
    'SERVICE_BUSY',
  ],
  rest: { method: 'PUT', path: '/auth/profile' },
  run: ({ accounts }, input, { actor, origin }) =>
    accounts.changeProfile(accountOf(actor), input, origin),
});
