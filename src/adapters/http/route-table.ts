import type { HttpMethod, OperationDeclaration } from '../../contract/operation';

export type Match =
  | {
      readonly kind: 'operation';
      readonly operation: OperationDeclaration;
      /** The path's fields, as text. */
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[] }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'none' };

interface Route {
  readonly operation: OperationDeclaration;
  readonly segments: readonly string[];
}

const METHODS: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'DELETE'];
const NONE: Match = { kind: 'none' };

/** Finds the operation behind a method and path. Fixed paths go before those with `:fields`. */
export class RouteTable {
  private readonly fixed = new Map<string, OperationDeclaration>();
  private readonly withFields: readonly Route[];

  constructor(operations: readonly OperationDeclaration[]) {
    for (const operation of operations) {
      const { method, path } = operation.rest;
      if (!path.includes(':')) this.fixed.set(`${method} ${path}`, operation);
    }
    this.withFields = operations
      .filter(({ rest }) => rest.path.includes(':'))
      .map((operation) => ({ operation, segments: operation.rest.path.split('/') }));
  }

  /** @param path below the base path, still percent-encoded, without the query */
  match(method: string, path: string): Match {
    const asked = method === 'HEAD' ? 'GET' : method;
    const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    const operation = this.fixed.get(`${asked} ${plain}`);
    if (operation) return { kind: 'operation', operation, params: {} };
    return this.matchFields(asked, plain);
  }

  private matchFields(method: string, path: string): Match {
    const segments = path.split('/');
    const routes = this.withFields.filter((route) => fits(route.segments, segments));
    const route = routes.find(({ operation }) => operation.rest.method === method);
    if (route && !this.fixedAt(path)) {
      const params = fieldsOf(route.segments, segments);
      return params
        ? { kind: 'operation', operation: route.operation, params }
        : { kind: 'malformed' };
    }
    const allow = METHODS.filter(
      (known) =>
        this.fixed.has(`${known} ${path}`) ||
        routes.some(({ operation }) => operation.rest.method === known),
    );
    return allow.length > 0 ? { kind: 'wrong-method', allow } : NONE;
  }

  /** `/devices/discovered` is no device, also for a method it does not have. */
  private fixedAt(path: string): boolean {
    return METHODS.some((method) => this.fixed.has(`${method} ${path}`));
  }
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  );
}

function fieldsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | null {
  const fields: Record<string, string> = {};
  try {
    pattern.forEach((part, i) => {
      if (part.startsWith(':')) fields[part.slice(1)] = decodeURIComponent(segments[i] ?? '');
    });
  } catch {
    return null;
  }
  return fields;
}
