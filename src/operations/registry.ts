import { AurionError } from '../contract/errors';
import { printable } from '../contract/safe-input';
import { listAudit } from './accounts/audit';
import { changeAccount } from './accounts/change';
import { changePassword } from './accounts/change-password';
import { createAccount } from './accounts/create';
import { deleteAccount } from './accounts/delete';
import { listAccounts } from './accounts/list';
import { login } from './accounts/login';
import { logout } from './accounts/logout';
import { logoutAll } from './accounts/logout-all';
import { me } from './accounts/me';
import { changeProfile } from './accounts/profile';
import { register } from './accounts/register';
import { resetPassword } from './accounts/reset-password';
import { confirmReset } from './accounts/reset-password-confirm';
import { getAwayMode } from './away/get';
import { setAwayMode } from './away/set';
import { adoptDevice } from './devices/adopt';
import { changeDevice } from './devices/change';
import { commandDevice } from './devices/command';
import { createDevice } from './devices/create';
import { deviceCredentials } from './devices/credentials';
import { deleteDevice } from './devices/delete';
import { discoveredDevices } from './devices/discovered';
import { getDevice } from './devices/get';
import { listDevices } from './devices/list';
import { reportDevice } from './devices/report';
import { deviceStatusOf } from './devices/status';
import { toggleDevice } from './devices/toggle';
import { energyConsumption } from './energy/consumption';
import { energyForecastOf } from './energy/forecast';
import { energyHistory } from './energy/history';
import { energyOfDevices } from './energy/devices';
import { energyStatsOf } from './energy/stats';
import { exportEnergy } from './energy/export';
import { getTariff } from './energy/tariff';
import { readMeter } from './energy/reading';
import { rerateEnergy } from './energy/rerate';
import { setAlertThreshold } from './energy/alert-threshold';
import { setTariff } from './energy/tariff-change';
import type { Operation } from './operation';
import { acknowledgeAlert } from './security/alerts-acknowledge';
import { listAlerts } from './security/alerts-list';
import { raiseAlert } from './security/alerts-raise';
import { resolveAlert } from './security/alerts-resolve';
import { changeNotificationConfig } from './security/notifications-change';
import { getNotificationConfig } from './security/notifications-get';
import { adoptSensor } from './security/sensors-adopt';
import { changeSensor } from './security/sensors-change';
import { createSensor } from './security/sensors-create';
import { sensorCredentials } from './security/sensors-credentials';
import { deleteSensor } from './security/sensors-delete';
import { discoveredSensors } from './security/sensors-discovered';
import { getSensor } from './security/sensors-get';
import { sensorHistoryOf } from './security/sensors-history';
import { listSensors } from './security/sensors-list';
import { reportReading } from './security/sensors-report';
import { toggleSensor } from './security/sensors-toggle';
import { securityStatsOf } from './security/stats';
import { changeSchedule } from './schedules/change';
import { createSchedule } from './schedules/create';
import { deleteSchedule } from './schedules/delete';
import { listSchedules } from './schedules/list';
import { listRuns } from './schedules/runs';
import { changeSettings } from './settings/change';
import { getSettings } from './settings/get';
import { getWeather } from './weather/get';

/** Everything Aurion can do, in the order of the docs. To add a feature, add its operation here. */
export const OPERATIONS: readonly Operation[] = [
  register,
  login,
  logout,
  logoutAll,
  me,
  changeProfile,
  changePassword,
  resetPassword,
  confirmReset,
  listAccounts,
  createAccount,
  changeAccount,
  deleteAccount,
  listAudit,
  listDevices,
  createDevice,
  getDevice,
  changeDevice,
  deleteDevice,
  deviceStatusOf,
  toggleDevice,
  commandDevice,
  reportDevice,
  deviceCredentials,
  discoveredDevices,
  adoptDevice,
  listSensors,
  createSensor,
  getSensor,
  changeSensor,
  deleteSensor,
  toggleSensor,
  reportReading,
  sensorHistoryOf,
  sensorCredentials,
  discoveredSensors,
  adoptSensor,
  listAlerts,
  raiseAlert,
  resolveAlert,
  acknowledgeAlert,
  securityStatsOf,
  getNotificationConfig,
  changeNotificationConfig,
  createSchedule,
  listSchedules,
  changeSchedule,
  listRuns,
  deleteSchedule,
  getAwayMode,
  setAwayMode,
  getSettings,
  changeSettings,
  getWeather,
  energyConsumption,
  energyHistory,
  energyStatsOf,
  energyForecastOf,
  energyOfDevices,
  setAlertThreshold,
  getTariff,
  setTariff,
  rerateEnergy,
  exportEnergy,
  readMeter,
];

const byId = new Map(OPERATIONS.map((operation) => [operation.id, operation]));

/** @throws OPERATION_UNKNOWN */
export function findOperation(id: string): Operation {
  const operation = byId.get(id);
  if (!operation)
    throw new AurionError('OPERATION_UNKNOWN', { params: { operation: printable(id) } });
  return operation;
}
