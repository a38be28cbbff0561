import { nothing } from '../../contract/account';
import { weather } from '../../contract/weather';
import { operation } from '../operation';

export const getWeather = operation({
  id: 'weather.get',
  group: 'settings',
  role: 'guest',
  summary: {
    fr: 'La météo du lieu de la maison, et de quand elle date',
    en: "The weather at the home's place, with its age",
  },
  input: nothing,
  answer: weather,
  errors: ['WEATHER_UNAVAILABLE', 'PLACE_UNKNOWN'],
  rest: { method: 'GET', path: '/weather' },
  run: (services) => services.weather.current(),
});
