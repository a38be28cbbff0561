import { z } from 'zod';
import { email, line, optionalLine, secret } from './fields';
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
  .meta({ id: 'User' });

export type User = z.infer<typeof user>;

/** A password to sign in with. What a new one must be is `domain/password`'s business. */
const password = secret(z.string().min(1).max(1024));

export const registration = z.strictObject({
  name: line(100),
  email,
  password,
  phone: optionalLine(32),
  setupCode: secret(z.string().max(128)).optional(),
});

export type Registration = z.infer<typeof registration>;

export const signIn = z.strictObject({ email, password });

export type SignIn = z.infer<typeof signIn>;

export const signedIn = z.object({ user, token: secret(z.string()) }).meta({ id: 'SignedIn' });

export type SignedIn = z.infer<typeof signedIn>;

export const nothing = z.strictObject({});

export const done = z.object({ success: z.literal(true) });
