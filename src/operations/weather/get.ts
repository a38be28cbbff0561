import { nothing } from '../../contract/account';
import { weather } from '../../contract/weather';
import { operation } from '../operation';

export const getWeather = operation({
  id: 'weather.get',
  group: 'settings',
  role: 'guest',
  summary: {
    fr: 'Le temps qu’il fait chez soi, avec son âge',
    en: "The weather at the home's place, with its age",
  },
  input: nothing,
  answer: weather,
  errors: ['WEATHER_UNAVAILABLE', 'PLACE_UNKNOWN'],
  rest: { method: 'GET', path: '/weather' },
  run: (services) => services.weather.current(),
});
