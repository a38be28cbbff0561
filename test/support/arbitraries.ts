import fc, { type Arbitrary } from 'fast-check';
import { z } from 'zod';

/** What a schema says of its input, as JSON Schema. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Shape;
  readonly items?: Shape;
  readonly prefixItems?: readonly Shape[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly examples?: readonly unknown[];
}

/** Names of fields that are taken for something else further in, and some that are only odd. */
const HOSTILE_NAMES = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '$ne',
    '$where',
    'a.b',
  ],
  ...['', ' ', 'nul\0', '\ud800', '\u202egnp', 'role', 'id', 'actor', 'x'.repeat(2000)],
];

/** Texts that break what does not look at them. */
export const HOSTILE_TEXTS = [
  ...['', ' ', '\0', 'a\0b', '\ud800', '\udc00x', '\u202eexe.gnp', '\u001b[31mred', 'a\r\nb: c'],
  ...[
    '<img src=x onerror=alert(1)>',
    "'; DROP TABLE accounts; --",
    '../../etc/passwd',
    '%2e%2e%2f',
  ],
  ...['aurion/+/#', '#', '+', '$SYS/x', '${jndi:ldap://x}', '{{7*7}}', '__proto__', 'constructor'],
  ...[
    '1e309',
    '-0',
    '0x10',
    '9007199254740993',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    'null',
    'true',
  ],
  ...['x'.repeat(70_000), '\u00e9'.repeat(3000), '\u{1f4a9}'.repeat(1000), '2026-02-30T25:61:00Z'],
];

/** Values of every JSON type that nobody asked for. */
const hostileValue: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  fc.constantFrom<unknown[]>(null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 5e-324),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom<unknown[]>({}, [], [[]], { $ne: null }, { length: 5 }, [null], [{}], ['a', 'b']),
  fc.constantFrom(20, 31, 32, 33, 500).map(nestedArray),
  fc.constantFrom(...HOSTILE_NAMES).map((name) => withField({}, name, { polluted: 1 })),
  fc.constant(Array.from({ length: 3000 }, (_, i) => i)),
);

function nestedArray(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

/** A copy with one more own field, also where a literal would set the prototype. */
export function withField(of: object, name: string, value: unknown): Record<string, unknown> {
  const copy = { ...of };
  const own = { value, enumerable: true, configurable: true, writable: true };
  return Object.defineProperty(copy, name, own);
}

/** Input that a schema may take: what it can't say of itself (a refinement) is not looked at. */
export function validInput(schema: z.ZodType): Arbitrary<Record<string, unknown>> {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  return arbitraryOf(shape) as Arbitrary<Record<string, unknown>>;
}

/** Valid input in which up to three things are wrong: a value, a missing field, a field too many. */
export function brokenInput(schema: z.ZodType): Arbitrary<Record<string, unknown>> {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const name = fc.constantFrom(...names, ...HOSTILE_NAMES);
  const harm = fc.oneof(
    { weight: 4, arbitrary: fc.record({ name, value: hostileValue }) },
    fc.record({ name, value: fc.constant(undefined) }),
  );
  return fc
    .tuple(validInput(schema), fc.array(harm, { minLength: 1, maxLength: 3 }))
    .map(([input, harms]) => {
      let harmed = input;
      for (const each of harms) {
        if (each.value === undefined) {
          harmed = Object.fromEntries(Object.entries(harmed).filter(([key]) => key !== each.name));
        } else harmed = withField(harmed, each.name, each.value);
      }
      return harmed;
    });
}

/** Anything at all that JSON can say. */
export const anyJson: Arbitrary<unknown> = fc.oneof(hostileValue, fc.jsonValue());

function arbitraryOf(shape: Shape): Arbitrary<unknown> {
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return fc.oneof(...choices.map(arbitraryOf));
  if (shape.allOf) return arbitraryOf(Object.assign({}, ...shape.allOf) as Shape);
  switch (shape.type) {
    case 'object':
      return objectOf(shape);
    case 'array':
      return arrayOf(shape);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer':
    case 'number':
      return numberOf(shape);
    case 'string':
      return textOf(shape);
    case undefined:
    default:
      // What is normalised before it is checked: ids, and numbers as text.
      return fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom('1', '2', 'x', ''));
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: Shape) {
  const fields = Object.entries(properties).map(([name, shape]) => [name, arbitraryOf(shape)]);
  const known = fc.record(Object.fromEntries(fields) as Record<string, Arbitrary<unknown>>, {
    requiredKeys: [...required],
  });
  if (typeof additionalProperties !== 'object') return known;
  const more = fc.dictionary(
    fc.stringMatching(/^[a-z][a-z_]{0,12}$/),
    arbitraryOf(additionalProperties),
    {
      maxKeys: 3,
    },
  );
  return fc.tuple(more, known).map(([some, rest]) => ({ ...some, ...rest }));
}

function arrayOf({ items = {}, prefixItems, minItems = 0, maxItems = 8 }: Shape) {
  if (prefixItems) return fc.tuple(...prefixItems.map(arbitraryOf));
  const maxLength = Math.min(maxItems, Math.max(minItems, 8));
  return fc.array(arbitraryOf(items), { minLength: minItems, maxLength });
}

function numberOf(shape: Shape): Arbitrary<number> {
  const min = shape.minimum ?? shape.exclusiveMinimum ?? -1e6;
  const max = Math.max(min, shape.maximum ?? shape.exclusiveMaximum ?? 1e6);
  // Small ones are ids that exist.
  const small = fc.integer({ min: Math.max(Math.ceil(min), 1), max: Math.max(Math.ceil(min), 5) });
  if (shape.type === 'integer') {
    const whole = fc.integer({ min: Math.ceil(min), max: Math.min(Math.floor(max), 2 ** 31) });
    return fc.oneof({ weight: 3, arbitrary: small }, whole);
  }
  return fc.oneof(small, fc.double({ min, max, noNaN: true }));
}

function textOf({ pattern, examples, minLength = 0, maxLength = 100 }: Shape): Arbitrary<unknown> {
  const free = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 200) });
  const made = pattern === undefined ? free : matching(pattern);
  return examples ? fc.oneof(fc.constantFrom(...examples), made) : made;
}

/** fast-check knows no lookaheads: what they would not let through is filtered out. */
function matching(pattern: string): Arbitrary<string> {
  const plain = new RegExp(pattern.replace(/\(\?[!=][^)]*\)/g, ''));
  const whole = new RegExp(pattern);
  return fc.stringMatching(plain).filter((text) => whole.test(text));
}
