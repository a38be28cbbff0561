import { done, resetRequest } from '../../contract/account';
import { operation } from '../operation';

export const resetPassword = operation({
  id: 'auth.reset-password',
  group: 'accounts',
  role: 'public',
  summary: {
    fr: "Envoie un lien pour choisir un nouveau mot de passe ; la réponse ne dit pas si l'email a un compte",
    en: 'Sends a link to choose a new password; the answer does not tell whether the e-mail has an account',
  },
  input: resetRequest,
  answer: done,
  errors: ['ATTEMPTS_EXCEEDED'],
  rest: { method: 'POST', path: '/auth/reset-password' },
  run: async ({ passwordReset }, { email }, call) => {
    await passwordReset.request(email, call);
    return { success: true as const };
  },
});
