import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { brokenInput, validInput } from '../../test/support/arbitraries';
import { OPERATIONS } from '../operations/registry';
import { email, key } from './fields';
import { problemsOf, UNFIT, type Problem } from './issue-texts';

/** Values of every kind that are wrong somewhere. */
const WRONG: readonly unknown[] = [
  ...[undefined, null, true, 'x', '§', '', 'x'.repeat(5000), '2026-02-30', 'ftp://x'],
  ...[-1e9, -1, 0, 0.5, 7, 1e9, 2 ** 60, NaN, Infinity, [], [{}], ['§'], [1, 1.5], {}],
  Array.from({ length: 300 }, () => 1),
];

const FRENCH =
  /[àâçéèêëîïôûù«»]|\b(il|faut|ce|champ|requis|un|une|le|la|les|au|aux|plus|moins|de|ou|et|texte|nombre|valeur)\b/i;
const ENGLISH =
  /\b(string|number|boolean|object|array|undefined|expected|received|invalid|input|must|be|at|least|most|more|than|required|field|value|the|this|is|of|or|and|not|an|such)\b/i;

/** Without what is the same in both languages: the words a list offers, and the names of fields. */
function prose(text: string, words: ReadonlySet<string>): string {
  return text
    .split(/[\s,]+/)
    .filter((word) => !words.has(word))
    .join(' ');
}

function wordsOf(shape: unknown, words = new Set<string>()): Set<string> {
  if (typeof shape !== 'object' || shape === null) return words;
  const { enum: values = [], const: value, properties = {} } = shape as z.core.JSONSchema.Schema;
  for (const word of [...values, value, ...Object.keys(properties)]) words.add(String(word));
  for (const deeper of Object.values(shape)) wordsOf(deeper, words);
  return words;
}

function assertSpeaksBoth({ path, text }: Problem, words: ReadonlySet<string>): void {
  const { fr, en } = text;
  assert.notDeepEqual(text, UNFIT, `${path}: nothing is said of it`);
  assert.notEqual(fr, en);
  assert.doesNotMatch(prose(fr, words), ENGLISH, path);
  assert.doesNotMatch(prose(en, words), FRENCH, path);
}

/** An input with this value at every place in it, one at a time. */
function* withEach(input: unknown, value: unknown): Generator {
  yield value;
  if (typeof input !== 'object' || input === null) return;
  for (const name of Object.keys(input)) {
    const inner = (input as Record<string, unknown>)[name];
    for (const harmed of withEach(inner, value)) {
      if (Array.isArray(input)) yield input.with(Number(name), harmed);
      else yield { ...input, [name]: harmed };
    }
  }
}

describe('what is wrong with an input', () => {
  for (const { id, input: schema } of OPERATIONS) {
    it(`of ${id} is said in French and in English, without a word of the other`, () => {
      const words = wordsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
      const samples = fc.sample(validInput(schema), { numRuns: 3, seed: 1 });
      for (const sample of [{}, ...samples]) {
        for (const value of WRONG) {
          for (const input of withEach(sample, value)) {
            for (const problem of problemsOf(schema, input)) assertSpeaksBoth(problem, words);
          }
        }
      }
      const named = { champInconnu: 1, inconnuAussi: 2 };
      for (const problem of problemsOf(schema, named)) assertSpeaksBoth(problem, words);
    });

    it(`S20: of ${id} is one line, however odd the input`, () => {
      const runs = { numRuns: 20, seed: 7 };
      for (const input of fc.sample(brokenInput(schema), runs)) {
        for (const { text } of problemsOf(schema, input)) {
          for (const line of [text.fr, text.en]) {
            // eslint-disable-next-line no-control-regex -- control characters are what is looked for
            assert.doesNotMatch(line, /[\u0000-\u001f\u202a-\u202e]/);
            assert.ok(line.length <= 1000, line);
          }
        }
      }
    });
  }

  const cases: readonly (readonly [z.ZodType, unknown, fr: string, en: string])[] = [
    [z.object({ a: z.string() }), {}, 'ce champ est requis', 'this field is required'],
    [z.object({ a: z.enum(['x']) }), {}, 'ce champ est requis', 'this field is required'],
    [z.string().trim().min(1), '  ', 'ce champ est requis', 'this field is required'],
    [z.string(), 1, 'il faut un texte', 'this must be a text'],
    [z.number(), NaN, 'il faut un nombre', 'this must be a number'],
    [z.int(), 1.5, 'il faut un nombre entier', 'this must be a whole number'],
    [z.boolean(), 'on', 'il faut true ou false', 'this must be true or false'],
    [z.array(z.int()), 1, 'il faut une liste', 'this must be a list'],
    [z.object({}), [], 'il faut un objet JSON', 'this must be a JSON object'],
    [z.number().min(3), 2, 'il faut au moins 3', 'this must be at least 3'],
    [z.number().positive(), 0, 'il faut plus de 0', 'this must be more than 0'],
    [z.number().max(3), 4, 'il faut au plus 3', 'this must be at most 3'],
    [z.number().lt(3), 3, 'il faut moins de 3', 'this must be less than 3'],
    [z.number().multipleOf(5), 3, 'il faut un multiple de 5', 'this must be a multiple of 5'],
    [z.string().min(8), 'x', 'il faut au moins 8 caractères', 'this must be at least 8 characters'],
    [z.string().max(2), 'abc', 'il faut au plus 2 caractères', 'this must be at most 2 characters'],
    [
      z.array(z.int()).max(1),
      [1, 2],
      'il faut au plus 1 élément',
      'this must be at most 1 element',
    ],
    [z.enum(['on', 'off', 'auto']), 'x', 'il faut on, off ou auto', 'this must be on, off or auto'],
    [z.literal('on'), 'x', 'il faut on', 'this must be on'],
    [z.strictObject({}), { x: 1 }, "il n'y a pas de champ x ici", 'there is no field x here'],
    [
      z.strictObject({}),
      { x: 1, y: 2 },
      "il n'y a pas de champs x, y ici",
      'there are no fields x, y here',
    ],
    [
      email,
      'ama',
      'il faut une adresse e-mail telle que ama@maison.tg',
      'this must be an e-mail address such as ama@maison.tg',
    ],
    [
      z.iso.date(),
      '29/03/2026',
      'il faut une date telle que 2026-03-29',
      'this must be a date such as 2026-03-29',
    ],
    [
      key,
      '12',
      'il faut 1 à 64 caractères parmi A-Z a-z 0-9 _ -, pas seulement des chiffres, ni un mot réservé',
      'this must be 1 to 64 of A-Z a-z 0-9 _ -, not digits alone, no reserved word',
    ],
    [
      z.union([z.number(), z.boolean(), z.string().max(9)]),
      {},
      'il faut un nombre, true ou false ou un texte',
      'this must be a number, true or false or a text',
    ],
    [
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('flat') }),
        z.object({ kind: z.literal('tou') }),
      ]),
      { kind: 'x' },
      'il faut flat ou tou',
      'this must be flat or tou',
    ],
    [z.record(z.string().max(1), z.int()), { bb: 1 }, UNFIT.fr, UNFIT.en],
    [z.string().refine(() => false), 'x', UNFIT.fr, UNFIT.en],
  ];
  for (const [schema, input, fr, en] of cases) {
    it(`is told in whole sentences: ${en}`, () => {
      assert.deepEqual(problemsOf(schema, input)[0]?.text, { fr, en });
    });
  }

  it('is nothing where the input is right', () => {
    assert.deepEqual(problemsOf(z.strictObject({ a: z.int() }), { a: 1 }), []);
  });
});
