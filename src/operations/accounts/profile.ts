import { profile, user } from '../../contract/account';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const changeProfile = operation({
  id: 'auth.profile',
  group: 'accounts',
  role: 'guest',
  summary: {
    fr: "Change le nom, l'email ou le téléphone du compte",
    en: "Changes the account's name, e-mail or phone",
  },
  input: profile,
  answer: user,
  errors: ['EMAIL_TAKEN', 'ACCOUNT_NOT_FOUND'],
  rest: { method: 'PUT', path: '/auth/profile' },
  run: ({ accounts }, input, { actor }) => accounts.changeProfile(accountOf(actor), input),
});
