import { nothing, user } from '../../contract/account';
import { accountOf } from '../account-of';
import { operation } from '../operation';

export const me = operation({
  id: 'auth.me',
  group: 'accounts',
  role: 'guest',
  summary: { fr: 'Le compte de cette session', en: "This session's account" },
  input: nothing,
  answer: user,
  errors: ['ACCOUNT_NOT_FOUND'],
  rest: { method: 'GET', path: '/auth/me' },
  run: ({ accounts }, _input, { actor }) => accounts.me(accountOf(actor)),
});
