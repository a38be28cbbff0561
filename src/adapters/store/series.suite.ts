import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'mocha';
import type { Value } from '../../contract/value';
import {
  POINT_BYTES_MAX,
  SERIES,
  type Point,
  type PointQuery,
  type Store,
  type TimeSeries,
} from '../../ports/store';
import { describeSeriesModel } from './series-model.suite';
import type { StorePlace } from './store-place.suite';

const SPAN = SERIES.readings.spanMs;
const HOUR = 3_600_000;
const T = 1_750_000_000_000;

/** What every adapter's time series promise; a part of `describeStore`. */
export function describeSeries(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`time series on ${name}`, () => {
    let place: StorePlace;
    let store: Store;
    let series: TimeSeries;

    beforeEach(async () => {
      place = await makePlace();
      store = await place.open('home');
      series = store.readings;
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = await place.open('home');
      series = store.readings;
    };
    const times = async (query?: PointQuery): Promise<number[]> =>
      (await series.read('s', query)).map((point) => point.at);

    describe('put', () => {
      it('adds points, and reads them as they were', async () => {
        const points = [point(T, 21.5), point(T + 1000, 22), point(T + SPAN, -0.1)];
        await series.put(points);
        assert.deepEqual(await series.read('s'), points);
      });

      it('M6: the same points twice are there once', async () => {
        const points = [point(T, 1), point(T + 1, 2)];
        await series.put(points);
        await series.put(points);
        assert.deepEqual(await series.read('s'), points);
      });

      it('replaces the point with the same series, time and key', async () => {
        await series.put([point(T, 1), point(T, 2, 'k'), point(T, 3, '', 't')]);
        await series.put([point(T, 4, 'k')]);
        assert.deepEqual(await series.read('s'), [point(T, 1), point(T, 4, 'k')]);
        assert.deepEqual(await series.read('t'), [point(T, 3, '', 't')]);
      });

      it('of two in one call the later counts', async () => {
        await series.put([point(T, 1), point(T, 2), point(T + 1, 3), point(T, 4)]);
        assert.deepEqual(await series.read('s'), [point(T, 4), point(T + 1, 3)]);
      });

      it('nothing at all is fine', async () => {
        await series.put([]);
        assert.deepEqual(await series.names(), []);
      });

      it('one that is refused has none of the call put', async () => {
        await series.put([point(T, 1)]);
        const bad = point(T + 2, NaN);
        await assert.rejects(series.put([point(T, 5), point(T + 1, 2), bad]), TypeError);
        assert.deepEqual(await series.read('s'), [point(T, 1)]);
      });

      it('what was handed in and out may be changed', async () => {
        const value = { list: [1] };
        const points = [{ series: 's', at: T, key: '', value: value as Value }];
        const putting = series.put(points);
        value.list.push(2);
        points.pop();
        await putting;
        const spoil = (row: unknown): void => {
          (row as { value: { list: number[] } }).value.list.push(3);
        };
        spoil((await series.read('s'))[0]);
        spoil(await series.latest('s'));
        assert.deepEqual(await series.read('s'), [point(T, { list: [1] })]);
      });

      it('late points take their place', async () => {
        const at = [5, 3, 9, 1, 7].map((n) => T + n * (SPAN / 4));
        for (const one of at) await series.put([point(one, one)]);
        const sorted = [...at].sort((a, b) => a - b);
        assert.deepEqual(await times(), sorted);
      });
    });

    describe('order', () => {
      it('is by time, then by key; keys by code points', async () => {
        const keys = ['', '\u0001', 'A', 'B', 'a', 'aa', 'b', 'é', '\uffff', '🏠'];
        const put = [...keys].reverse().map((key) => point(T, key, key));
        await series.put([point(T + 1, 'last'), ...put, point(T - 1, 'first')]);
        const values = (await series.read('s')).map(({ value }) => value);
        assert.deepEqual(values, ['first', ...keys, 'last']);
        const back = (await series.read('s', { descending: true })).map(({ value }) => value);
        assert.deepEqual(back, [...values].reverse());
      });

      it('holds before 1970 too', async () => {
        await series.put([point(-1, 2), point(0, 3), point(-SPAN - 1, 1)]);
        assert.deepEqual(await times(), [-SPAN - 1, -1, 0]);
        assert.deepEqual(await times({ to: 0 }), [-SPAN - 1, -1]);
      });
    });

    describe('read', () => {
      // One point each quarter of a span: T, T + SPAN / 4, …
      const at = numbers(12).map((n) => T + ((n - 1) * SPAN) / 4);
      beforeEach(() => series.put(at.map((one) => point(one, one))));

      it('range: from is in it, to is not', async () => {
        assert.deepEqual(await times({ from: at[3]!, to: at[9]! }), at.slice(3, 9));
        assert.deepEqual(await times({ from: at[3]! + 1 }), at.slice(4));
        assert.deepEqual(await times({ to: at[3]! + 1 }), at.slice(0, 4));
        assert.deepEqual(await times({ from: at[3]!, to: at[3]! }), []);
        assert.deepEqual(await times({ from: at[9]!, to: at[3]! }), []);
        assert.deepEqual(await times({ from: at[11]! + 1 }), []);
        assert.deepEqual(await series.read('unknown'), []);
      });

      it('descending: newest first', async () => {
        const query = { from: at[3]!, to: at[9]!, descending: true };
        assert.deepEqual(await times(query), at.slice(3, 9).reverse());
      });

      it('S24: limit bounds how many, and 0 is none', async () => {
        assert.deepEqual(await times({ limit: 3 }), at.slice(0, 3));
        assert.deepEqual(await times({ limit: 3, descending: true }), at.slice(-3).reverse());
        assert.deepEqual(await times({ limit: 0 }), []);
        assert.deepEqual(await times({ limit: 1000 }), at);
        for (const limit of [-1, 0.5, NaN]) await assert.rejects(times({ limit }), RangeError);
      });

      for (const descending of [false, true]) {
        it(`after: pages follow each other without gap or overlap${descending ? ', descending' : ''}`, async () => {
          await series.put(at.flatMap((one) => [point(one, 'a', 'a'), point(one, 'b', 'b')]));
          const all = await series.read('s', { descending });
          assert.equal(all.length, 36);
          const paged: Point[] = [];
          for (;;) {
            const last = paged.at(-1);
            const page = await series.read('s', {
              descending,
              limit: 5,
              ...(last ? { after: last } : {}),
            });
            if (page.length === 0) break;
            paged.push(...page);
          }
          assert.deepEqual(paged, all);
        });
      }

      it('after: goes on behind a point that is gone meanwhile', async () => {
        const gone = { at: at[4]!, key: '' };
        await series.delete({ series: 's', from: gone.at, to: gone.at + 1 });
        assert.deepEqual(await times({ after: gone, limit: 2 }), [at[5], at[6]]);
        const down = await times({ after: gone, limit: 2, descending: true });
        assert.deepEqual(down, [at[3], at[2]]);
        assert.deepEqual(await times({ after: gone, from: at[7]!, to: at[9]! }), [at[7], at[8]]);
        assert.deepEqual(await times({ after: { at: at[11]!, key: 'z' } }), []);
      });

      it('10,000 points are put in one call and read again, whole and in part', async () => {
        const many = numbers(10_000).map((n) => point(T + n * 1000, n / 10, '', 'many'));
        await series.put(many);
        assert.deepEqual(await series.read('many'), many);
        const part = { from: T + 5_000_000, to: T + 5_060_000 };
        assert.deepEqual(await series.read('many', part), many.slice(4999, 5059));
        const newest = await series.read('many', { descending: true, limit: 100 });
        assert.deepEqual(newest, many.slice(-100).reverse());
      });
    });

    describe('latest', () => {
      it('is the newest point, whenever it was put', async () => {
        assert.equal(await series.latest('s'), null);
        await series.put([point(T + SPAN, 2)]);
        await series.put([point(T, 1)]);
        assert.deepEqual(await series.latest('s'), point(T + SPAN, 2));
        await series.put([point(T + SPAN, 3, 'k'), point(T + 9 * SPAN, 4, '', 't')]);
        assert.deepEqual(await series.latest('s'), point(T + SPAN, 3, 'k'));
        await series.delete({ series: 's', from: T + 1 });
        assert.deepEqual(await series.latest('s'), point(T, 1));
      });
    });

    describe('names', () => {
      it('are those that have points, in order', async () => {
        const names = ['B', 'a', 'b', '\uffff', '🏠'];
        await series.put([...names].reverse().map((one) => point(T, 1, '', one)));
        await series.put([point(T + HOUR, 1, '', 'a')]);
        assert.deepEqual(await series.names(), names);
        await series.delete({ series: 'b' });
        assert.deepEqual(await series.names(), ['B', 'a', '\uffff', '🏠']);
      });
    });

    describe('delete', () => {
      const at = numbers(8).map((n) => T + (n * SPAN) / 2);
      beforeEach(async () => {
        await series.put(at.map((one) => point(one, one)));
        await series.put(at.map((one) => point(one, one, '', 't')));
      });

      it('of a range of one series, from included, to not', async () => {
        assert.equal(await series.delete({ series: 's', from: at[2]!, to: at[5]! }), 3);
        assert.deepEqual(await times(), [...at.slice(0, 2), ...at.slice(5)]);
        assert.equal((await series.read('t')).length, 8);
        assert.equal(await series.delete({ series: 's', from: at[2]!, to: at[5]! }), 0);
      });

      it('of a range of all series', async () => {
        assert.equal(await series.delete({ to: at[6]! }), 12);
        assert.deepEqual(await times(), at.slice(6));
        assert.equal((await series.read('t')).length, 2);
      });

      it('of a whole series, and of everything', async () => {
        assert.equal(await series.delete({ series: 't' }), 8);
        assert.deepEqual(await series.names(), ['s']);
        assert.equal(await series.delete({ series: 'unknown' }), 0);
        assert.equal(await series.delete({}), 8);
        assert.deepEqual(await series.names(), []);
        await reopen();
        assert.deepEqual(await series.names(), []);
      });

      it('with a condition on undefined is refused rather than obeyed for all', async () => {
        const unset = { series: undefined } as unknown as { series: string };
        await assert.rejects(series.delete(unset), TypeError);
        const never = { to: undefined } as unknown as { to: number };
        await assert.rejects(series.delete(never), TypeError);
        await assert.rejects(series.delete({ to: NaN }), TypeError);
        assert.equal((await series.read('t')).length, 8);
      });

      it('deleted points may come back', async () => {
        await series.delete({ series: 's' });
        await series.put([point(at[0]!, 'again')]);
        await reopen();
        assert.deepEqual(await series.read('s'), [point(at[0]!, 'again')]);
      });
    });

    describe('input', () => {
      it('S14: odd names and keys are texts like others', async () => {
        const odd = [
          '',
          '__proto__',
          'constructor',
          'a.b',
          '$x',
          '🏠',
          '%',
          "'",
          '\\',
          ' x ',
          '\n',
        ];
        const points = odd.flatMap((name) =>
          odd.map((key) => point(T, `${name}|${key}`, key, name)),
        );
        await series.put(points);
        await reopen();
        assert.deepEqual(new Set(await series.names()), new Set(odd));
        for (const name of odd) {
          const wanted = points.filter((one) => one.series === name);
          const read = await series.read(name);
          assert.equal(read.length, odd.length);
          assert.deepEqual(new Set(read), new Set(wanted));
          assert.deepEqual(await series.latest(name), read.at(-1));
        }
        assert.equal(await series.delete({ series: '__proto__' }), odd.length);
        assert.equal((await series.names()).length, odd.length - 1);
      });

      it('values of every kind read as they were', async () => {
        const values: Value[] = [
          ...[0, 1, -1.5, 0.1, 1e300, 5e-324, Number.MAX_SAFE_INTEGER, true, false, null],
          ...['', 'text', 'Zoë 🏠 "\\ \r\n\v\f\u0085\u2028\u2029'],
          ...[[], [1, [null, 'x']], {}, { a: 1, b: { c: [true] } }],
        ];
        await series.put(values.map((value, n) => point(T + n, value)));
        await reopen();
        assert.deepEqual(
          (await series.read('s')).map(({ value }) => value),
          values,
        );
      });

      it('what is no point is refused', async () => {
        const good = point(T, 1);
        const bad: Record<string, unknown>[] = [
          ...[NaN, Infinity, 0.5, 2 ** 53, '1', null, undefined].map((one) => ({ at: one })),
          ...['\0', '\ud800', 1, null, undefined].map((one) => ({ series: one })),
          ...['\0', '\ud800', 1, null, undefined].map((one) => ({ key: one })),
          ...[NaN, Infinity, undefined, new Date(0), 1n].map((one) => ({ value: one })),
        ];
        for (const fields of bad) {
          const points = [{ ...good, ...fields }];
          await assert.rejects(series.put(points), TypeError, JSON.stringify(Object.keys(fields)));
        }
        assert.deepEqual(await series.names(), []);
      });

      it('S1, S2: dangerous keys in a value, and operators for a name, are refused', async () => {
        const refused = { code: 'INPUT_KEY_FORBIDDEN' };
        for (const json of ['{"__proto__":{"x":1}}', '{"$set":1}', '[{"a.b":1}]']) {
          await assert.rejects(series.put([point(T, JSON.parse(json) as Value)]), refused);
        }
        const operator = { $ne: null } as unknown as string;
        await assert.rejects(series.read(operator), TypeError);
        await assert.rejects(series.latest(operator), TypeError);
        await assert.rejects(series.delete({ series: operator }), TypeError);
        const after = { at: operator as unknown as number, key: '' };
        await assert.rejects(series.read('s', { after }), TypeError);
        await assert.rejects(series.read('s', { from: NaN }), TypeError);
      });

      it('a point that is too long is refused, one that just fits is not', async () => {
        const spare = POINT_BYTES_MAX - JSON.stringify(point(T, '')).length;
        await series.put([point(T, 'x'.repeat(spare))]);
        await assert.rejects(series.put([point(T + 1, 'x'.repeat(spare + 1))]), {
          code: 'ROW_TOO_LARGE',
        });
        assert.equal((await series.read('s')).length, 1);
      });
    });

    describe('at once', () => {
      it('50 puts of one point leave one', async () => {
        await Promise.all(numbers(50).map((n) => series.put([point(T, n)])));
        const [left, ...more] = await series.read('s');
        assert.deepEqual(more, []);
        assert.ok(Number(left?.value) >= 1 && Number(left?.value) <= 50);
      });

      it('50 puts of different points leave all', async () => {
        await Promise.all(
          numbers(50).map((n) => series.put([point(T + n, n), point(T, n, '', `t${n}`)])),
        );
        assert.deepEqual(
          await times(),
          numbers(50).map((n) => T + n),
        );
        assert.equal((await series.names()).length, 51);
      });

      it('puts of the same points in other orders do not hinder each other', async () => {
        const points = numbers(40).map((n) => point(T + n, n, '', `s${n % 4}`));
        await Promise.all(
          numbers(20).map((n) => series.put(n % 2 === 0 ? points : [...points].reverse())),
        );
        assert.equal((await series.read('s1')).length, 10);
      });

      it('a reader sees all points of a call or none', async () => {
        const putting = numbers(20).map((n) =>
          series.put([point(T + 2 * n, n), point(T + 2 * n + 1, n)]),
        );
        const reading = numbers(20).map(() => series.read('s'));
        for (const read of await Promise.all(reading)) assert.equal(read.length % 2, 0);
        await Promise.all(putting);
      });

      it('one delete counts each point', async () => {
        await series.put(numbers(30).map((n) => point(T + n, n)));
        const counts = await Promise.all(numbers(5).map(() => series.delete({ series: 's' })));
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          30,
        );
      });
    });

    it('F3: what was put, replaced and deleted reads the same after a restart', async () => {
      const points = numbers(300).map((n) => point(T + n * (SPAN / 100), n));
      await series.put(points);
      await series.put([point(points[4]!.at, 'new')]);
      await series.delete({ series: 's', from: points[10]!.at, to: points[20]!.at });
      const before = await series.read('s');
      assert.equal(before.length, 290);
      await reopen();
      assert.deepEqual(await series.read('s'), before);
      await reopen();
      assert.deepEqual(await series.latest('s'), points.at(-1));
    });

    it('S12: homes that share a place do not see each other’s points', async () => {
      const other = await place.open('other');
      try {
        await series.put([point(T, 'mine')]);
        assert.equal(await other.readings.latest('s'), null);
        await other.readings.put([point(T, 'theirs'), point(T, 1, '', 't')]);
        assert.deepEqual(await series.read('s'), [point(T, 'mine')]);
        assert.deepEqual(await series.names(), ['s']);
        assert.equal(await other.readings.delete({}), 2);
        assert.deepEqual(await series.read('s'), [point(T, 'mine')]);
      } finally {
        await other.close();
      }
    });

    it('a closed store waits for puts under way and refuses further calls', async () => {
      const putting = numbers(20).map((n) => series.put([point(T + n, n)]));
      await store.close();
      await Promise.all(putting);
      const refused = { code: 'STORE_UNAVAILABLE' };
      await assert.rejects(series.put([point(T, 1)]), refused);
      await assert.rejects(series.read('s'), refused);
      await assert.rejects(series.latest('s'), refused);
      await assert.rejects(series.names(), refused);
      await assert.rejects(series.delete({}), refused);
      await reopen();
      assert.equal((await series.read('s')).length, 20);
    });
  });

  describe(`time series on ${name}, random operations`, () => {
    let place: StorePlace | null = null;
    after(async () => place?.remove());
    describeSeriesModel(async (home) => {
      place ??= await makePlace();
      return place.open(home);
    });
  });
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function point(at: number, value: Value, key = '', series = 's'): Point {
  return { series, at, key, value };
}
