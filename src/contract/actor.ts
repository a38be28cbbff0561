import type { Role } from './role';

/** Who does something: a signed-in account, a flow without a request, or someone in the Node-RED editor. */
export type Actor =
  | {
      readonly kind: 'account';
      readonly accountId: number;
      readonly name: string;
      readonly role: Role;
      readonly sessionId: string;
    }
  | { readonly kind: 'flow'; readonly nodeId: string; readonly role: Role }
  | { readonly kind: 'editor'; readonly user: string; readonly role: Role };

/** The actor as the audit names it: `account:3`, `flow:9f3a…`, `editor:admin`, or `public` for nobody. */
export function actorLabel(actor: Actor | null): string {
  switch (actor?.kind) {
    case undefined:
      return 'public';
    case 'account':
      return `account:${actor.accountId}`;
    case 'flow':
      return `flow:${actor.nodeId}`;
    case 'editor':
      return `editor:${actor.user}`;
  }
}
