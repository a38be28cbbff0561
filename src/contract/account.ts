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

export const nothing = z.strictObject({});

export const done = z.object({ success: z.literal(true) });
