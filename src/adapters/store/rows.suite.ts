import type { AccountRow, AuditRow, DeviceRow, NewRow, SessionRow } from '../../ports/store';

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

export function conflict(field: string): object {
  return { name: 'UniqueConflict', code: 'STORE_CONFLICT', field };
}

/** A new account row of which only the key and what is named matters. */
export function account(
  emailKey: string,
  fields: Partial<NewRow<AccountRow>> = {},
): NewRow<AccountRow> {
  return {
    name: 'A',
    email: emailKey.toUpperCase(),
    emailKey,
    phone: null,
    role: 'user',
    passwordHash: '$2b$12$x',
    disabled: false,
    founder: null,
    createdAt: 0,
    ...fields,
  };
}

export function device(
  key: string | null,
  fields: Partial<NewRow<DeviceRow>> = {},
): NewRow<DeviceRow> {
  return {
    name: 'Plug',
    type: 'other',
    room: 'Kitchen',
    powerW: null,
    key,
    icon: null,
    main: false,
    intervalS: null,
    maxPowerW: null,
    counterMaxKWh: null,
    resetsToZero: false,
    createdAt: 0,
    ...fields,
  };
}

export function session(id: string, accountId: number, expiresAt: number): SessionRow {
  return { id, accountId, createdAt: 0, expiresAt };
}

export function audit(at: number, action = 'x'): NewRow<AuditRow> {
  return { at, actor: 'test', action, target: null, requestId: null };
}
