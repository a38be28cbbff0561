import { dictionary } from '@zxcvbn-ts/language-common';

let common: ReadonlySet<string> | undefined;

/** True for a lower-case text that is among the most common passwords. */
export function isCommonPassword(lowerCase: string): boolean {
  common ??= new Set(dictionary['passwords-common'] as readonly string[]);
  return common.has(lowerCase);
}
