import { signedIn, signIn } from '../../contract/account';
import { operation } from '../operation';

export const login = operation({
  id: 'auth.login',
  group: 'accounts',
  role: 'public',
  summary: { fr: 'Ouvre une session', en: 'Signs in' },
  input: signIn,
  answer: signedIn,
  hashes: true,
  errors: ['CREDENTIALS_WRONG', 'ACCOUNT_DISABLED', 'ATTEMPTS_EXCEEDED', 'SERVICE_BUSY'],
  rest: { method: 'POST', path: '/auth/login' },
  run: ({ accounts }, input, call) => accounts.login(input, call),
});
