import { z } from 'zod';
import { clearable, email, id, line, optionalLine, secret } from './fields';
import { ROLES } from './role';

/** An account as REST shows it. */
export const user = z
  .object({
    id: z.int().positive(),
    name: z.string(),
    email: z.string(),
    phone: z.string().nullable(),
    role: z.enum(ROLES),
  })
  .meta({
    id: 'User',
    examples: [{ id: 1, name: 'Ama', email: 'ama@maison.tg', phone: null, role: 'admin' }],
  });

export type User = z.infer<typeof user>;

/** A password to sign in with. What a new one must be is `domain/password`'s business. */
const password = secret(
  z
    .string()
    .min(1)
    .max(1024)
    .meta({ examples: ['la mer à Lomé'] }),
);

export const registration = z.strictObject({
  name: line(100).meta({ examples: ['Ama'] }),
  email,
  password,
  phone: optionalLine(32),
  setupCode: secret(z.string().max(128)).optional(),
});

export type Registration = z.infer<typeof registration>;

export const signIn = z.strictObject({ email, password });

export type SignIn = z.infer<typeof signIn>;

const token = secret(z.string().meta({ examples: ['eyJhbGciOiJIUzI1NiIs…'] }));

export const signedIn = z.object({ user, token }).meta({ id: 'SignedIn' });

export type SignedIn = z.infer<typeof signedIn>;

/** An account as administrators see it. */
export const account = user.extend({ disabled: z.boolean(), createdAt: z.iso.datetime() }).meta({
  id: 'Account',
  examples: [
    {
      ...{ id: 2, name: 'Kofi', email: 'kofi@maison.tg', phone: null, role: 'user' },
      ...{ disabled: false, createdAt: '2026-11-22T18:30:00.000Z' },
    },
  ],
});

export type Account = z.infer<typeof account>;

export const profile = z.strictObject({
  name: line(100).optional(),
  email: email.optional(),
  phone: clearable(z.string().trim().max(32)),
  currentPassword: password.optional().describe('needed for another e-mail'),
});

export type Profile = z.infer<typeof profile>;

export const passwordChange = z.strictObject({ currentPassword: password, newPassword: password });

export type PasswordChange = z.infer<typeof passwordChange>;

export const resetRequest = z.strictObject({ email });

export const resetConfirmation = z.strictObject({
  resetToken: secret(z.string().min(1).max(128)),
  newPassword: password,
});

export type ResetConfirmation = z.infer<typeof resetConfirmation>;

export const newAccount = z.strictObject({
  name: line(100),
  email,
  password,
  phone: optionalLine(32),
  role: z.enum(ROLES),
});

export type NewAccount = z.infer<typeof newAccount>;

export const accountId = z.strictObject({ id });

export const accountChange = accountId
  .extend({
    role: z.enum(ROLES).optional(),
    disabled: z.boolean().optional(),
  })
  .meta({ examples: [{ id: 2, role: 'user' }] });

export type AccountChange = z.infer<typeof accountChange>;

export const nothing = z.strictObject({});

export const done = z.object({ success: z.literal(true) });
