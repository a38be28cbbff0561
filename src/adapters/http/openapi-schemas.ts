import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** What a schema is read for: what callers may send, or what they get. */
export type Direction = 'input' | 'output';

const DEFINITION = '#/$defs/';
const COMPONENT = '#/components/schemas/';

/** Turns zod schemas into JSON schemas, and keeps those with an id (`.meta({ id: 'Device' })`) as shared components. */
export class OpenApiSchemas {
  private readonly components: Map<string, Json>;

  /** @param reserved components that no schema may replace */
  constructor(reserved: Readonly<Record<string, Json>> = {}) {
    this.components = new Map(Object.entries(reserved));
  }

  /**
   * The JSON schema of `schema`, referring to components for what has an id.
   * Ask for every answer before the first input: where a component reads differently as input, the
   * input's gets the suffix `Input`.
   * @param owner names what refers to itself and has no id
   * @throws Error when two different schemas have the same id
   */
  read(schema: z.ZodType, direction: Direction, owner: string): Json {
    // In a wrapper, since the outermost schema would call itself `#`.
    const { properties, $defs = {} } = toJsonSchema(z.object({ value: schema }), direction) as {
      properties: { value: Json };
      $defs?: Record<string, Json>;
    };
    const names = Object.keys($defs);
    const plain = new Map(names.map((name) => [name, name.replace(/^__schema/, owner)]));
    const clash = names.some((name) => this.clashes($defs, name, plain));
    const chosen = clash && direction === 'input' ? suffixed(plain) : plain;
    for (const name of names) this.keep($defs, name, chosen);
    return refer(properties.value, chosen) as Json;
  }

  /** The schema itself where `schema` only refers to a component. */
  resolve(schema: Json): Json {
    const { $ref } = schema;
    const name = typeof $ref === 'string' ? $ref.slice(COMPONENT.length) : undefined;
    return (name !== undefined && this.components.get(name)) || schema;
  }

  /** Every component, by name. */
  all(): Json {
    return Object.fromEntries([...this.components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private clashes(
    definitions: Record<string, Json>,
    name: string,
    names: ReadonlyMap<string, string>,
  ): boolean {
    const known = this.components.get(names.get(name) ?? name);
    return known !== undefined && !isDeepStrictEqual(known, refer(definitions[name], names));
  }

  private keep(
    definitions: Record<string, Json>,
    name: string,
    names: ReadonlyMap<string, string>,
  ): void {
    const component = names.get(name) ?? name;
    if (this.clashes(definitions, name, names)) {
      throw new Error(`Two different schemas have the id "${component}"`);
    }
    this.components.set(component, refer(definitions[name], names) as Json);
  }
}

function suffixed(names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...names].map(([name, component]) => [name, `${component}Input`]));
}

/** A copy whose references point at components, under the names they have there. */
function refer(schema: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(schema)) return schema.map((item) => refer(item, names));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]: [string, unknown]) => {
      if (key !== '$ref' || typeof value !== 'string') return [key, refer(value, names)];
      const name = value.slice(DEFINITION.length);
      return [key, COMPONENT + (names.get(name) ?? name)];
    }),
  );
}

function toJsonSchema(schema: z.core.$ZodType, direction: Direction): Json {
  return z.toJSONSchema(schema as z.ZodType, {
    io: direction,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      // zod leaves them out of input that it transforms; ours are written as callers write them.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples as unknown[];
      if (direction === 'input' && def.type === 'pipe') addChecksBehind(def, jsonSchema);
      if (direction === 'output' && def.type === 'object') leaveOpen(def, jsonSchema);
      // What a format says need not be said again at length; input is held to zod's own pattern.
      if (direction === 'output' && jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      // What null means is said by its type.
      delete jsonSchema.clearable;
      if (jsonSchema.secret === true) {
        delete jsonSchema.secret;
        jsonSchema.format = 'password';
        if (direction === 'input') jsonSchema.writeOnly = true;
      }
    },
  });
}

/**
 * A pipe reads as its first half, which says too little where the second half only checks on: an
 * e-mail would be any text. (What `z.preprocess` leads to, zod reads as is.)
 */
function addChecksBehind(def: z.core.$ZodPipeDef, jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const turnsInto = def.transform !== undefined || changes(def.in) || changes(def.out);
  if (turnsInto) return;
  const behind = toJsonSchema(def.out, 'input');
  if (behind.type !== jsonSchema.type || behind.type === 'object' || behind.type === 'array')
    return;
  const checks = Object.entries(behind).filter(
    ([key]) => key !== '$schema' && !(key in jsonSchema),
  );
  Object.assign(jsonSchema, Object.fromEntries(checks));
}

function changes(schema: z.core.$ZodType): boolean {
  const { type } = schema._zod.def;
  return type === 'pipe' || type === 'transform';
}

/** Answers may gain fields (CONTRACT §2), so clients must not refuse what they do not know. */
function leaveOpen(def: z.core.$ZodObjectDef, jsonSchema: z.core.JSONSchema.BaseSchema): void {
  if (def.catchall === undefined) delete jsonSchema.additionalProperties;
}
