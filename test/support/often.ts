import { env } from 'node:process';

/** `npm run test:long` asks for what counts by the dozen (kills, generated cases) as often as it takes to trust it. */
export const LONG = env['AURION_TEST_LONG'] === '1';

/** How often: so often in `npm test`, in `npm run test:long` ten times that unless told. */
export function often(short: number, long = short * 10): number {
  return LONG ? long : short;
}
