// Preloaded into an Aurion under test that is to live at another time: TEST_NOW is what its wall clock shows at the start.
const Real = Date;
const shiftMs = Real.parse(process.env.TEST_NOW) - Real.now();
globalThis.Date = class extends Real {
  constructor(...given) {
    super(...(given.length === 0 ? [Real.now() + shiftMs] : given));
  }
  static now() {
    return Real.now() + shiftMs;
  }
};
