import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { checkInput } from './check-input';
import { textOf, type AurionError } from './errors';
import type { OperationDeclaration } from './operation';
import { DEFAULT_TARIFF, minorDigits, tariff } from './tariff';

const put = { input: tariff, rest: { method: 'PUT' } } as unknown as OperationDeclaration;
const flat = { validFrom: '2026-01-01', kind: 'flat', price: '200' };
const tou = (...bands: object[]) => ({
  currency: 'XOF',
  versions: [{ validFrom: '2026-01-01', kind: 'tou', price: '80', bands }],
});
const tranches = (...list: object[]) => ({
  currency: 'XOF',
  versions: [{ validFrom: '2026-01-01', kind: 'tranches', tranches: list }],
});
const band = { name: 'nuit', days: [0], from: '22:00', to: '06:00', price: '50' };

describe('a tariff', () => {
  const accepted: Record<string, unknown> = {
    'the default': DEFAULT_TARIFF,
    'a fee': { currency: 'EUR', versions: [{ ...flat, monthlyFee: '12.44' }] },
    'versions by date or time': {
      currency: 'XOF',
      versions: [flat, { ...flat, validFrom: '2026-02-01T00:00:00Z' }],
    },
    'bands that touch': tou(band, {
      ...band,
      name: 'matin',
      days: [1],
      from: '06:00',
      to: '24:00',
    }),
    tranches: tranches({ upTo: 120, price: '88' }, { upTo: 350, price: '123' }, { price: '145' }),
  };
  for (const [name, value] of Object.entries(accepted)) {
    it(`M5: takes ${name}`, () => assert.doesNotThrow(() => checkInput(put, value)));
  }

  const refused: Record<string, readonly [unknown, string, RegExp, RegExp]> = {
    'an unknown currency': [
      { currency: 'ABC', versions: [flat] },
      'currency',
      /monnaie/,
      /currency/,
    ],
    'versions out of order': [
      { currency: 'XOF', versions: [flat, { ...flat, validFrom: '2025-01-01' }] },
      'versions.1.validFrom',
      /ancienne/,
      /oldest/,
    ],
    'two versions of a date': [
      { currency: 'XOF', versions: [flat, flat] },
      'versions.1.validFrom',
      /ancienne/,
      /oldest/,
    ],
    'overlapping bands': [
      tou(band, { ...band, name: 'jour', from: '05:00', to: '07:00', days: [1] }),
      'versions.0.bands.1',
      /chevauche « nuit »/,
      /overlaps "nuit"/,
    ],
    'bands that overlap over the week end': [
      tou({ ...band, days: [6] }, { ...band, name: 'lundi', from: '00:00', to: '01:00' }),
      'versions.0.bands.1',
      /chevauche/,
      /overlaps/,
    ],
    'falling tranches': [
      tranches({ upTo: 350, price: '88' }, { upTo: 120, price: '123' }, { price: '145' }),
      'versions.0.tranches.1.upTo',
      /croître/,
      /rise/,
    ],
    'tranches with a gap at the end': [
      tranches({ upTo: 120, price: '88' }),
      'versions.0.tranches.0.upTo',
      /sans limite/,
      /none/,
    ],
    'a tranche without limit in the middle': [
      tranches({ price: '88' }, { price: '99' }),
      'versions.0.tranches.0.upTo',
      /limite/,
      /limit/,
    ],
    'an amount that is a number': [
      { currency: 'XOF', versions: [{ ...flat, price: 200 }] },
      'versions.0.price',
      /./,
      /./,
    ],
    'a negative amount': [
      { currency: 'XOF', versions: [{ ...flat, price: '-1' }] },
      'versions.0.price',
      /./,
      /./,
    ],
    'a time nobody has': [tou({ ...band, from: '25:00' }), 'versions.0.bands.0.from', /./, /./],
    'no version': [{ currency: 'XOF', versions: [] }, 'versions', /./, /./],
  };
  for (const [name, [value, path, french, english]] of Object.entries(refused)) {
    it(`M5: refuses ${name}, in both languages`, () => {
      assert.throws(
        () => checkInput(put, value),
        (error: AurionError) => {
          assert.equal(error.details?.('fr')[0]?.path, path);
          assert.match(textOf(error, 'fr'), french);
          assert.match(textOf(error, 'en'), english);
          return true;
        },
      );
    });
  }

  it('knows the coins of a currency', () => {
    assert.deepEqual(['XOF', 'EUR', 'KWD', 'JPY'].map(minorDigits), [0, 2, 3, 0]);
  });

  it('can be written as JSON Schema', () => {
    assert.doesNotThrow(() => z.toJSONSchema(tariff, { io: 'input' }));
  });
});
