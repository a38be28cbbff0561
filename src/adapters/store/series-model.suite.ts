import assert from 'node:assert/strict';
import fc from 'fast-check';
import { it } from 'mocha';
import {
  SERIES,
  type Point,
  type PointQuery,
  type Store,
  type TimeSeries,
} from '../../ports/store';
import { compareByCodePoints } from './code-points';
import { often } from '../../../test/support/often';

type Range = Pick<PointQuery, 'from' | 'to'>;

type Operation =
  | { readonly do: 'put'; readonly points: readonly Point[] }
  | {
      readonly do: 'burst';
      readonly series: string;
      readonly from: number;
      readonly stepMs: number;
    }
  | { readonly do: 'read'; readonly series: string; readonly query: PointQuery }
  | { readonly do: 'delete'; readonly query: Range & { readonly series?: string } }
  | { readonly do: 'reopen' };

// Small domains around the borders of spans, so that points meet.
const SPAN = SERIES.readings.spanMs;
const series = fc.constantFrom('s', 't', '__proto__');
const key = fc.constantFrom('', '', '', 'k', '\uffff', '🏠');
const at = fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -2, max: 2 })).map(
  ([span, ms]) => span * SPAN + ms, // prettier-ignore
);
const value = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string(),
);
const noKeys = { requiredKeys: [], noNullPrototype: true };
const point = fc.record(
  { series, at, key, value: value.map((one) => (one === 0 ? 0 : one)) },
  { noNullPrototype: true },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      points: fc.array(point, { maxLength: 8 }),
    }),
  },
  {
    // Enough of them to fill what an adapter keeps together.
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      series,
      from: at,
      stepMs: fc.constantFrom(1, SPAN / 200),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      series,
      query: fc.record(
        {
          from: at,
          to: at,
          descending: fc.boolean(),
          after: fc.record({ at, key }),
          limit: fc.integer({ min: 0, max: 6 }),
        },
        noKeys,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      query: fc.record({ series, from: at, to: at }, noKeys),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

/** Compares time series with a list in memory over random operations. `open` opens the store of a home, empty when it is new. */
export function describeSeriesModel(open: (home: string) => Promise<Store>): void {
  it('M6: answers what a simple list in memory would', async function () {
    this.timeout(120_000);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const home = `series-${(run += 1)}`;
        const model = new Model();
        let store = await open(home);
        try {
          for (const step of operations) {
            if (step.do === 'reopen') {
              await store.close();
              store = await open(home);
            } else {
              await model.check(step, store.readings);
            }
          }
          await model.checkAll(store.readings);
        } finally {
          await store.close();
        }
      }),
      { numRuns: often(40) },
    );
  });
}

class Model {
  #points: Point[] = [];

  async check(step: Exclude<Operation, { do: 'reopen' }>, store: TimeSeries): Promise<void> {
    switch (step.do) {
      case 'put':
        await store.put(step.points);
        this.#put(step.points);
        return;
      case 'burst': {
        const points = Array.from({ length: 150 }, (_, n) => ({
          series: step.series,
          at: step.from + n * step.stepMs,
          key: '',
          value: n,
        }));
        await store.put(points);
        this.#put(points);
        return;
      }
      case 'read':
        assert.deepEqual(await store.read(step.series, step.query), this.#read(step));
        return;
      case 'delete': {
        const left = this.#points.filter(
          (one) =>
            !isInRange(one, step.query) ||
            (step.query.series !== undefined && step.query.series !== one.series),
        );
        assert.equal(await store.delete(step.query), this.#points.length - left.length);
        this.#points = left;
        await this.checkAll(store);
      }
    }
  }

  async checkAll(store: TimeSeries): Promise<void> {
    const names = [...new Set(this.#points.map((one) => one.series))].sort(compareByCodePoints);
    assert.deepEqual(await store.names(), names);
    for (const name of names) {
      const points = this.#read({ series: name, query: {} });
      assert.deepEqual(await store.read(name), points);
      assert.deepEqual(await store.latest(name), points.at(-1));
    }
  }

  #put(points: readonly Point[]): void {
    const id = (one: Point): string => JSON.stringify([one.series, one.at, one.key]);
    const all = new Map([...this.#points, ...points].map((one) => [id(one), one]));
    this.#points = [...all.values()];
  }

  #read(step: { readonly series: string; readonly query: PointQuery }): Point[] {
    const { descending = false, after, limit = Infinity } = step.query;
    const direction = descending ? -1 : 1;
    return this.#points
      .filter((one) => one.series === step.series && isInRange(one, step.query))
      .sort((a, b) => direction * compare(a, b))
      .filter((one) => after === undefined || direction * compare(one, after) > 0)
      .slice(0, limit);
  }
}

function isInRange({ at }: Point, { from = -Infinity, to = Infinity }: Range): boolean {
  return at >= from && at < to;
}

function compare(a: Pick<Point, 'at' | 'key'>, b: Pick<Point, 'at' | 'key'>): number {
  return a.at - b.at || compareByCodePoints(a.key, b.key);
}
