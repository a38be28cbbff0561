import type { Point, PointQuery, TimeSeries } from '../../ports/store';
import { assertText, copyOfDeletion, copyOfPointQuery, copyOfPoints } from './input';
import type { OpenCalls } from './open-calls';

/** The points of one kind in a database. What it is given is checked. */
export interface PointEngine {
  /** At least one, in order, each series, time and key once. */
  put(points: readonly Point[]): Promise<void>;
  read(series: string, query: PointQuery): Promise<Point[]>;
  names(): Promise<string[]>;
  delete(query: Parameters<TimeSeries['delete']>[0]): Promise<number>;
}

/** The time series over a database's points: checks and copies what comes in. */
export class CheckedSeries implements TimeSeries {
  constructor(
    private readonly engine: PointEngine,
    private readonly calls: OpenCalls,
  ) {}

  put(points: readonly Point[]): Promise<void> {
    return this.calls.run(
      () => inOrder(copyOfPoints(points)),
      async (copy) => {
        if (copy.length > 0) await this.engine.put(copy);
      },
    );
  }

  read(series: string, query: PointQuery = {}): Promise<Point[]> {
    return this.calls.run(
      () => {
        assertText(series);
        return copyOfPointQuery(query);
      },
      async (copy) => (copy.limit === 0 ? [] : this.engine.read(series, copy)),
    );
  }

  latest(series: string): Promise<Point | null> {
    return this.calls.run(
      () => assertText(series),
      async () => (await this.engine.read(series, { descending: true, limit: 1 }))[0] ?? null,
    );
  }

  names(): Promise<string[]> {
    return this.calls.run(
      () => undefined,
      () => this.engine.names(),
    );
  }

  delete(query: Parameters<TimeSeries['delete']>[0]): Promise<number> {
    return this.calls.run(
      () => copyOfDeletion(query),
      (copy) => this.engine.delete(copy),
    );
  }
}

/** Each point once, the later if there are two; in one order everywhere, so that writers wait for each other and never both. */
function inOrder(points: readonly Point[]): Point[] {
  const byPlace = new Map(
    points.map((point) => [JSON.stringify([point.series, point.at, point.key]), point]),
  );
  return [...byPlace.values()].sort(
    (a, b) => compare(a.series, b.series) || a.at - b.at || compare(a.key, b.key),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
