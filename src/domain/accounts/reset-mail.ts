import type { Language } from '../../contract/language';
import { printable } from '../../contract/safe-input';

/** What a person who forgot a password is sent. */
export interface ResetMail {
  readonly name: string;
  readonly token: string;
  /** Where the outside reaches the home; null if nobody said. */
  readonly publicUrl: string | null;
  readonly language: Language;
  readonly minutes: number;
}

const NAME_LENGTH_MAX = 100;

/** Subject and text of the mail: a link to `<publicUrl>/reset-password?token=…`, or the token itself and where it goes. */
export function resetMail(mail: ResetMail): { readonly subject: string; readonly text: string } {
  const { publicUrl, token } = mail;
  const link =
    publicUrl === null ? null : `${publicUrl.replace(/\/+$/, '')}/reset-password?token=${token}`;
  return mail.language === 'fr' ? french(mail, link) : english(mail, link);
}

function french({ name, token, minutes }: ResetMail, link: string | null) {
  const way =
    link === null
      ? [
          "Saisissez ce code dans la page « mot de passe oublié » d'Aurion",
          '(ou POST /auth/reset-password/confirm, champ resetToken) :',
          '',
          token,
        ]
      : ['Choisissez-en un nouveau ici :', '', link];
  return {
    subject: 'Aurion : nouveau mot de passe',
    text: [
      `Bonjour ${printable(name, NAME_LENGTH_MAX)},`,
      '',
      "quelqu'un, vous sans doute, a demandé un nouveau mot de passe pour votre compte Aurion.",
      ...way,
      '',
      `Cela ne sert qu'une fois, et pendant ${minutes} minutes.`,
      "Si vous n'avez rien demandé, ne faites rien : votre mot de passe reste le même.",
      '',
    ].join('\n'),
  };
}

function english({ name, token, minutes }: ResetMail, link: string | null) {
  const way =
    link === null
      ? [
          'Enter this code on the "forgotten password" page of Aurion',
          '(or POST /auth/reset-password/confirm, field resetToken):',
          '',
          token,
        ]
      : ['Choose a new one here:', '', link];
  return {
    subject: 'Aurion: new password',
    text: [
      `Hello ${printable(name, NAME_LENGTH_MAX)},`,
      '',
      'somebody, most likely you, asked for a new password for your Aurion account.',
      ...way,
      '',
      `It works once, and for ${minutes} minutes.`,
      'If you did not ask, do nothing: your password stays as it is.',
      '',
    ].join('\n'),
  };
}
