import type { Language } from '../../contract/language';
import { printable } from '../../contract/safe-input';

const NAME_LENGTH_MAX = 100;

/** Subject and text of the mail that tells the address before that it no longer is an account's. It does not name the new one. */
export function emailChangedMail(
  accountName: string,
  language: Language,
): { readonly subject: string; readonly text: string } {
  const name = printable(accountName, NAME_LENGTH_MAX);
  return language === 'fr'
    ? {
        subject: 'Aurion : votre email a changé',
        text: [
          `Bonjour ${name},`,
          '',
          "l'email de votre compte Aurion vient d'être changé, avec votre mot de passe :",
          "cette adresse-ci ne permet plus de s'y connecter ni d'en changer le mot de passe.",
          "Si ce n'était pas vous, prévenez tout de suite l'administrateur de la maison.",
          '',
        ].join('\n'),
      }
    : {
        subject: 'Aurion: your e-mail was changed',
        text: [
          `Hello ${name},`,
          '',
          'the e-mail of your Aurion account has just been changed, with your password:',
          'this address no longer signs in to it, nor can it be used to reset its password.',
          "If that was not you, tell the home's administrator at once.",
          '',
        ].join('\n'),
      };
}
