import type { Place } from '../contract/home-settings';
import type { WeatherNow } from '../contract/weather';

/** Knows the weather somewhere. */
export interface WeatherSource {
  /** @throws Error saying what went wrong, within ten seconds; ADDRESS_FORBIDDEN */
  current(place: Place): Promise<WeatherNow>;
}
