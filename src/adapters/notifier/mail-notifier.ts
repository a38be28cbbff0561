import { createTransport } from 'nodemailer';
import type { Notifier } from '../../ports/notifier';

export interface MailOptions {
  /** `smtp://user:password@host:587` (STARTTLS where the server has it), `smtps://…:465`; `?requireTLS=true` insists. */
  readonly url: string;
  /** The sender, `Aurion <aurion@maison.example>`; null: the user of the URL, or `aurion@` its host. */
  readonly from: string | null;
  /** How long a silent server is waited for; tests take less. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** True for an address of a mail server that `createMailNotifier` takes. */
export function isMailUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return ['smtp:', 'smtps:'].includes(protocol) && hostname !== '';
}

/** Mail over SMTP, a connection a message. */
export function createMailNotifier({ url, from, timeoutMs = TIMEOUT_MS }: MailOptions): Notifier {
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // Messages are texts: nothing in them names a file or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const sender = from ?? senderOf(new URL(url));
  return {
    async send({ to, subject, text }) {
      await transport.sendMail({ from: sender, to: { name: '', address: to }, subject, text });
    },
  };
}

function senderOf({ username, hostname }: URL): string {
  const user = decodeURIComponent(username);
  return user.includes('@') ? user : `aurion@${hostname}`;
}
