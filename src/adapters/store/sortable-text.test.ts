import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { fromSortable, toSortable } from './sortable-text';
import { often } from '../../../test/support/often';

/** Any code units: halves of characters, NUL, private ones. */
const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 1, 2, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xe7ff, 0xffff),
    ),
    { maxLength: 6 },
  )
  .map((units) => String.fromCharCode(...units));

describe('sortable text', () => {
  it('comes back as it was', () => {
    fc.assert(fc.property(text, (one) => assert.equal(fromSortable(toSortable(one)), one)));
  });

  it('is what databases take: no NUL, no half characters', () => {
    fc.assert(
      fc.property(text, (one) => {
        assert.ok(toSortable(one).isWellFormed());
        assert.ok(!toSortable(one).includes('\0'));
      }),
    );
  });

  it('sorts by its bytes as the texts do by their code units', () => {
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    fc.assert(
      fc.property(text, text, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(toSortable(a)), Buffer.from(toSortable(b)));
        assert.equal(bytes, order(a, b));
      }),
      { numRuns: often(2000) },
    );
  });
});
