import { registration, signedIn } from '../../contract/account';
import { operation } from '../operation';

export const register = operation({
  id: 'auth.register',
  group: 'accounts',
  role: 'public',
  summary: {
    fr: 'Crée un compte et ouvre sa session ; le premier devient administrateur',
    en: 'Makes an account and signs it in; the first becomes the administrator',
  },
  input: registration,
  answer: signedIn,
  hashes: true,
  errors: [
    'EMAIL_TAKEN',
    'PASSWORD_REFUSED',
    'SETUP_CODE_REQUIRED',
    'REGISTRATION_CLOSED',
    'ATTEMPTS_EXCEEDED',
    'SERVICE_BUSY',
  ],
  rest: {
    method: 'POST',
    path: '/auth/register',
    headers: { setupCode: 'X-Aurion-Setup-Code' },
  },
  run: async ({ accounts }, input, { origin, about }) => {
    const answer = await accounts.register(input, origin);
    about(`account:${answer.user.id}`);
    return answer;
  },
});
