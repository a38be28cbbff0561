import { z } from 'zod';
import { cursorText, wholeNumber } from './fields';

/** What somebody did. */
export const auditEntry = z
  .object({
    at: z.iso.datetime(),
    actor: z
      .string()
      .describe(
        '`account:3`, `flow:<node>`, `editor:<user>`, `address:192.0.2.7`, `cli`, `public`',
      ),
    action: z
      .string()
      .describe('the operation, and behind a colon why it failed: `auth.login:CREDENTIALS_WRONG`'),
    target: z
      .string()
      .nullable()
      .describe('what it was done to, and what that became: `account:2 role=user`'),
    requestId: z.string().nullable(),
    cursor: z.string().describe('to go on behind this entry'),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntry = z.infer<typeof auditEntry>;

export const auditQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional(),
  /** Exclusive. */
  to: z.iso.datetime({ offset: true }).optional(),
  limit: wholeNumber(1, 500).default(50),
  cursor: cursorText(/^[0-9a-z]{1,10}-[0-9a-z]{1,10}$/).optional(),
});

export type AuditQuery = z.infer<typeof auditQuery>;
