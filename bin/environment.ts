import { isEmpty } from '../src/contract/home-settings';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An environment without the variables that are there and empty: those mean the default, as if they were not there. */
export function givenIn(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => !isEmpty(value)));
}
