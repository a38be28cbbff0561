import { done, resetConfirmation } from '../../contract/account';
import { operation } from '../operation';

export const confirmReset = operation({
  id: 'auth.reset-password-confirm',
  group: 'accounts',
  role: 'public',
  summary: {
    fr: 'Choisit un nouveau mot de passe avec le lien reçu ; toutes les sessions du compte prennent fin',
    en: 'Chooses a new password by the link that was sent; every session of the account ends',
  },
  input: resetConfirmation,
  answer: done,
  hashes: true,
  errors: ['RESET_TOKEN_INVALID', 'PASSWORD_REFUSED', 'ATTEMPTS_EXCEEDED', 'SERVICE_BUSY'],
  rest: { method: 'POST', path: '/auth/reset-password/confirm' },
  run: async ({ passwordReset }, input, call) => {
    await passwordReset.confirm(input, call);
    return { success: true as const };
  },
});
