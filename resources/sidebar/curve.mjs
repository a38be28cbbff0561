/** The curve of the power of the last hours. Pure geometry: what is not known is a gap, never 0. */

const HOUR_MS = 3_600_000;

/** The mean power (kW) of the part of an hour that is known; null if none is. */
export function meanPower({ consumption, coverage }) {
  return consumption === null || coverage <= 0 ? null : consumption / coverage;
}

/**
 * Where the hours lie in a box. `segments` are runs of known hours, each a list of `{x, y}`; `gaps` the
 * hours of which nothing is known, `{x, width}`.
 * @param points of `energy.history`, hourly, oldest first
 */
export function curveOf(points, { width, height }) {
  const powers = points.map(meanPower);
  const max = niceMax(Math.max(0, ...powers.filter((power) => power !== null)));
  const slot = width / Math.max(1, points.length);
  const segments = [];
  const gaps = [];
  powers.forEach((power, i) => {
    if (power === null) {
      gaps.push({ x: i * slot, width: slot });
      return;
    }
    const isNew = i === 0 || powers[i - 1] === null;
    if (isNew) segments.push([]);
    segments.at(-1).push({ x: (i + 0.5) * slot, y: height - (power / max) * height });
  });
  return { max, slot, segments, gaps };
}

/** The path of a run of hours; one alone is a point, which a round end makes visible. */
export function linePath(segment) {
  const at = ({ x, y }) => `${round(x)} ${round(y)}`;
  const [first, ...rest] = segment;
  return `M${at(first)}${rest.length === 0 ? 'h0' : rest.map((point) => `L${at(point)}`).join('')}`;
}

/** The area below a run of hours. */
export function areaPath(segment, height) {
  return `${linePath(segment)}V${height}H${round(segment[0].x)}Z`;
}

/** When an hour's slot ends. */
export function endOfHour(timestamp) {
  return new Date(Date.parse(timestamp) + HOUR_MS).toISOString();
}

/** The next of 1, 2, 5 × 10ⁿ: what a scale ends with. */
export function niceMax(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9));
  return Number((factor * power).toPrecision(1));
}

function round(value) {
  return Math.round(value * 100) / 100;
}
