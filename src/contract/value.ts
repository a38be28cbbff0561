/** A value that can be stored and sent: what JSON can say. Times are milliseconds since 1970. */
export type Value =
  string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
