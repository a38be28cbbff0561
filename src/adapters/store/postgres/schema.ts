import { sql } from 'kysely';
import type { Text } from '../../../contract/language';
import { SERIES, TABLES, type SeriesName, type TableName } from '../../../ports/store';
import { corrupt } from '../../files/failure';
import type { Connection, Database } from './connection';
import { sqlStateOf } from './failure';
import { field } from './expressions';

/** How rows are laid out. A change that older code cannot work with gets a new number and a step of that name. */
const FORMAT = 1;

/** Any number, the same in all processes: who holds this lock migrates. */
const MIGRATION_LOCK = 4_702_111_337;

const PARTITIONS = 16;

interface Step {
  readonly name: string;
  readonly statement: string;
}

/**
 * What makes an empty database ours, in order. Each step is done once and remembered by its name, so
 * a new table, series or index of the port's declarations is a step of its own by being declared.
 * Steps are never changed, only added. Names that stand here are never built from input.
 */
export function steps(): readonly Step[] {
  return [
    { name: `format ${FORMAT}`, statement: COUNTERS },
    ...(Object.keys(TABLES) as TableName[]).flatMap(tableSteps),
    ...(Object.keys(SERIES) as SeriesName[]).flatMap(seriesSteps),
  ];
}

/**
 * Brings the database to what this code needs. Any number of processes may do this at once; what is
 * there already costs one look.
 * @throws STORE_CORRUPT if the database belongs to a newer Aurion; what `postgresFailure` tells
 */
export async function migrate(connection: Connection): Promise<void> {
  if ((await connection.repeatable(missingSteps)).length === 0) return;
  await connection.once((database) =>
    database.transaction().execute(async (db) => {
      await sql`set local statement_timeout = 0`.execute(db);
      await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(db);
      const { rows } = await sql`select from pg_namespace where nspname = 'aurion'`.execute(db);
      // Not `if not exists`: that needs the right to make schemas even where there is one.
      if (rows.length === 0) await sql`create schema aurion`.execute(db);
      await sql`create table if not exists aurion.steps (
        name text primary key, done_at timestamptz not null default now())`.execute(db);
      for (const { name, statement } of await missingSteps(db)) {
        await sql.raw(statement).execute(db);
        await sql`insert into aurion.steps (name) values (${name})`.execute(db);
      }
    }),
  );
}

/** How far a database is from what this code needs; nothing is changed. @throws STORE_CORRUPT if it belongs to a newer Aurion */
export async function lookAtSchema(
  db: Database,
): Promise<{ readonly made: number; readonly missing: number; readonly mayMake: boolean }> {
  const missing = (await missingSteps(db)).length;
  const { rows } = await sql<{ may: boolean | null }>`select coalesce(
    (select has_schema_privilege(oid, 'create') from pg_namespace where nspname = 'aurion'),
    has_database_privilege(current_database(), 'create')) as may`.execute(db);
  return { made: steps().length - missing, missing, mayMake: rows[0]?.may === true };
}

async function missingSteps(db: Database): Promise<Step[]> {
  const done = new Set(await doneSteps(db));
  for (const name of done) {
    if (Number(/^format (\d+)$/.exec(name)?.[1] ?? 0) > FORMAT) throw corrupt(NEWER);
  }
  return steps().filter(({ name }) => !done.has(name));
}

async function doneSteps(db: Database): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from aurion.steps`.execute(db);
    return rows.map(({ name }) => name);
  } catch (error) {
    // No such schema, no such table.
    if (['3F000', '42P01'].includes(sqlStateOf(error) ?? '')) return [];
    throw error;
  }
}

const NEWER: Text = {
  fr: 'la base PostgreSQL vient d’une version plus récente d’Aurion ; mettez Aurion à jour',
  en: 'the PostgreSQL database belongs to a newer version of Aurion; update Aurion',
};

const COUNTERS = `create table aurion.counters (
  home text collate "C", name text, last bigint not null, primary key (home, name))`;

function tableSteps(table: TableName): Step[] {
  const declaration = TABLES[table];
  const id = declaration.id === 'counted' ? 'bigint' : 'text collate "C"';
  return [
    {
      name: `table ${table}`,
      statement: `create table ${tableName(table)} (
        home text collate "C", id ${id}, doc jsonb not null,
        constraint ${constraintName(table, 'id')} primary key (home, id))`,
    },
    ...declaration.unique.map((name) => ({
      name: `unique ${table}.${name}`,
      statement: `create unique index ${constraintName(table, name)}
        on ${tableName(table)} (home, ${field(name).text})`,
    })),
    ...declaration.indexed.map((name) => ({
      name: `index ${table}.${name}`,
      statement: `create index "${table}_${name}_index" on ${tableName(table)}
        (home, ${field(name).number} nulls first, ${field(name).text} nulls first, id)`,
    })),
  ];
}

function seriesSteps(series: SeriesName): Step[] {
  return [
    {
      name: `series ${series}`,
      statement: `create table ${seriesTable(series)} (
        home text collate "C", series text collate "C", at bigint, key text collate "C",
        value jsonb not null, primary key (home, series, at, key)) partition by hash (home, series);
        ${partitions(series).join(';')}`,
    },
    {
      // Points come in about the order of their times: small, and enough to forget old ones by.
      name: `series ${series} by time`,
      statement: `create index "points_${series}_at" on ${seriesTable(series)} using brin (at)`,
    },
  ];
}

/**
 * Points come in series by series, hour by hour, so that a page of one big table holds a point or
 * none of the series that is read. In partitions it holds many.
 */
function partitions(series: SeriesName): string[] {
  return Array.from(
    { length: PARTITIONS },
    (_, n) => `create table aurion."points_${series}_${n}" partition of ${seriesTable(series)}
      for values with (modulus ${PARTITIONS}, remainder ${n})`,
  );
}

export function tableName(table: TableName): string {
  return `aurion."${table}"`;
}

export function seriesTable(series: SeriesName): string {
  return `aurion."points_${series}"`;
}

/** Of the unique constraint on a field; PostgreSQL names it when it is violated. */
export function constraintName(table: TableName, fieldName: string): string {
  return `"${table}_${fieldName}_unique"`;
}
