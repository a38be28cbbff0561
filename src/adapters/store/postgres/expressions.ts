import { sql, type RawBuilder } from 'kysely';
import type { Value } from '../../../contract/value';
import type { ListQuery, Row } from '../../../ports/store';
import { toDocument } from '../document';
import { toSortable } from '../sortable-text';

type Condition = RawBuilder<boolean>;

/**
 * The SQL of a row's field. Index and query must say it in the same words, so it is literal; a number
 * and a text are told apart, since each sorts in its own way.
 */
export function field(name: string): {
  readonly json: string;
  readonly number: string;
  readonly text: string;
} {
  const literal = `'${toSortable(name).replaceAll("'", "''")}'`;
  const json = `(doc->${literal})`;
  return {
    json,
    number: `(case when jsonb_typeof(${json}) = 'number' then ${json}::float8 end)`,
    text: `((doc->>${literal}) collate "C")`,
  };
}

/** All of the conditions; true if there are none. */
export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0
    ? sql<boolean>`true`
    : sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/** Rows whose fields equal these, nested ones as a whole. */
export function equal(fields: object): Condition[] {
  return Object.entries(fields).map(([name, value]: [string, Value]) => {
    if (name === 'id') return idIs(value);
    const { json, number, text } = raw(name);
    if (typeof value === 'number') return sql<boolean>`${number} = ${value}`;
    if (typeof value === 'string') {
      return sql<boolean>`(${text} = ${toSortable(value)} and ${number} is null and jsonb_typeof(${json}) = 'string')`;
    }
    return sql<boolean>`${json} = ${toDocument(value)}::jsonb`;
  });
}

/** An id that cannot be in the table matches nothing instead of failing. */
function idIs(value: Value): Condition {
  if (typeof value === 'string') return sql<boolean>`id::text = ${toSortable(value)}`;
  return Number.isSafeInteger(value) ? sql<boolean>`id = ${value}` : sql<boolean>`false`;
}

/** Rows whose field is in a range, of the bounds' own kind. */
export function inRange<R extends Row>(range: ListQuery<R>['range']): Condition[] {
  if (range === undefined) return [];
  const { from, to } = range;
  const { number, text, json } = raw(range.field);
  const isId = range.field === 'id';
  if (from === undefined && to === undefined) {
    return isId ? [] : [sql<boolean>`${json} <> 'null'`];
  }
  const conditions = [];
  for (const [bound, operator] of [
    [from, sql`>=`],
    [to, sql`<`],
  ] as const) {
    if (bound === undefined) continue;
    if (typeof bound === 'number') {
      const left = isId ? sql`id` : number;
      // Ids are whole: from 1.5 is from 2.
      const right = isId ? Math.max(-ID_MAX, Math.min(ID_MAX, Math.ceil(bound))) : bound;
      conditions.push(sql<boolean>`${left} ${operator} ${right}`);
    } else {
      const left = isId ? sql`id` : text;
      const isText = isId ? sql`true` : sql`${number} is null and jsonb_typeof(${json}) = 'string'`;
      conditions.push(sql<boolean>`(${left} ${operator} ${toSortable(bound)} and ${isText})`);
    }
  }
  return conditions;
}

const ID_MAX = Number.MAX_SAFE_INTEGER;

/** The order of a list: null first, then by the field, then by id. */
export function order(by: string, descending: boolean): RawBuilder<unknown> {
  const direction = descending ? sql`desc` : sql`asc`;
  if (by === 'id') return sql`id ${direction}`;
  const { number, text } = raw(by);
  const nulls = descending ? sql`nulls last` : sql`nulls first`;
  return sql`${number} ${direction} ${nulls}, ${text} ${direction} ${nulls}, id ${direction}`;
}

/** Rows behind this one in that order. */
export function behind(row: Row, by: string, descending: boolean): Condition {
  const id = typeof row.id === 'string' ? toSortable(row.id) : row.id;
  const beyond = descending ? sql`<` : sql`>`;
  const byId = sql<boolean>`id ${beyond} ${id}`;
  if (by === 'id') return byId;
  const { number, text } = raw(by);
  const value = (row as unknown as Record<string, Value | undefined>)[by] ?? null;
  if (value === null) {
    return descending
      ? sql`(${number} is null and ${text} is null and ${byId})`
      : sql`(${number} is not null or ${text} is not null or ${byId})`;
  }
  if (typeof value === 'number') {
    const behindNumber = sql<boolean>`(${number} ${beyond} ${value} or (${number} = ${value} and ${byId}))`;
    // The bound says nothing new, but an index can start there.
    return descending
      ? sql`(${number} is null or ${behindNumber})`
      : sql`(${number} >= ${value} and ${behindNumber})`;
  }
  const key = typeof value === 'string' ? toSortable(value) : toDocument(value);
  const behindText = sql<boolean>`(${text} ${beyond} ${key} or (${text} = ${key} and ${byId}))`;
  return descending
    ? sql`(${number} is null and (${text} is null or ${behindText}))`
    : sql`(${number} is not null or ${behindText})`;
}

function raw(name: string): { [K in keyof ReturnType<typeof field>]: RawBuilder<unknown> } {
  const { json, number, text } = field(name);
  return { json: sql.raw(json), number: sql.raw(number), text: sql.raw(text) };
}
