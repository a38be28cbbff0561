/** The roles an account can have, lowest first. `public` is no role: it marks an operation that needs no account. */
export const ROLES = ['guest', 'user', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** What an operation asks for: a role, or nothing. There is no default, so that what declares nothing does not compile. */
export type RequiredRole = Role | 'public';

/** True when `role` may do what asks for `required`. */
export function satisfies(role: Role, required: RequiredRole): boolean {
  return required === 'public' || ROLES.indexOf(role) >= ROLES.indexOf(required);
}
