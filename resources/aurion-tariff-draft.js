/* global window, Intl, structuredClone */

/** A tariff as it is edited, and as a home takes it. */
(window.aurionHome ??= {}).drafts = () => {
  /** Amounts as French people type them, too. */
  const decimal = (text) => String(text).trim().replace(',', '.');

  /** Here, as `2026-03-29`. */
  const today = () => new Date().toLocaleDateString('sv');

  /** A version as it is edited: what the other kinds would need stays, in case one goes back. */
  const editable = (version) => ({
    monthlyFee: '',
    price: '',
    ...structuredClone(version),
    bands: structuredClone(version.bands ?? [emptyBand()]),
    tranches: (version.tranches ?? [{ price: '' }]).map(({ upTo = '', price }) => ({
      upTo: String(upTo),
      price,
    })),
  });

  const emptyBand = () => ({
    name: '',
    days: [0, 1, 2, 3, 4, 5, 6],
    from: '',
    to: '',
    price: '',
  });

  /** A version as the home takes it. What makes no sense stays in it, for the home to say so. */
  function declared({ validFrom, kind, monthlyFee, price, bands, tranches }) {
    const shared = { validFrom, kind, ...(monthlyFee && { monthlyFee: decimal(monthlyFee) }) };
    if (kind === 'tranches') return { ...shared, tranches: tranches.map(declaredTranche) };
    const priced = { ...shared, price: decimal(price) };
    if (kind === 'flat') return priced;
    return { ...priced, bands: bands.map((band) => ({ ...band, price: decimal(band.price) })) };
  }

  function declaredTranche({ upTo, price }, i, { length }) {
    const isOpen = i === length - 1 || upTo === '';
    return { price: decimal(price), ...(!isOpen && { upTo: Number(decimal(upTo)) }) };
  }

  /** The first instant of a day in a time zone. */
  function startOf(day, timeZone) {
    const utc = Date.parse(`${day}T00:00:00Z`);
    const offsetAt = (at) => {
      const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
      const { value } = format.formatToParts(at).find(({ type }) => type === 'timeZoneName');
      const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(value) ?? [0, '+', 0, 0];
      return Number(`${sign}1`) * (hours * 60 + Number(minutes)) * 60_000;
    };
    return new Date(utc - offsetAt(utc - offsetAt(utc))).toISOString();
  }

  /** A home's tariff, ready to be edited; where nobody has set one, one without a price. */
  function fromHome({ currency, versions }) {
    const isUnset = versions.length === 0;
    const shown = isUnset ? [{ validFrom: today(), kind: 'flat' }] : versions;
    return { currency, isUnset, versions: shown.map(editable) };
  }

  /** The home wants versions in the order of their dates. */
  function sort({ versions }) {
    versions.sort((a, b) => Date.parse(a.validFrom) - Date.parse(b.validFrom));
  }

  /** What was edited, as the home takes it. */
  function toHome({ currency, versions }) {
    return { currency: currency.trim().toUpperCase(), versions: versions.map(declared) };
  }

  return Object.freeze({ decimal, today, editable, emptyBand, fromHome, sort, toHome, startOf });
};
