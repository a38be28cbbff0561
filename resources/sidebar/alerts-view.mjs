import { button, language, make, Rows, Section, tellRefusal, text } from './elements.mjs';
import { fullMomentText, momentText, numberText } from './format.mjs';
import { limited } from './lists.mjs';

/** What is wrong in the home at this moment, the newest first. */
export class AlertsView {
  /** @param acknowledge called with an alert's id; gives a promise of the alert, or rejects with why not */
  constructor(acknowledge) {
    this.section = new Section('alerts');
    this.element = this.section.element;
    this.rows = new Rows(make('ul', 'aurion-rows').appendTo(this.section.body), (alert) =>
      alertRow(alert, acknowledge),
    );
  }

  show({ alerts, home, refusal = '' }) {
    if (!alerts) {
      this.section.tell({ refusal });
      return;
    }
    const { shown, left } = limited(alerts);
    const more = left > 0 ? text('more-alerts', { n: numberText(left, language()) }) : '';
    const hint = alerts.length === 0 ? text('empty.alerts') : more;
    this.section.tell({ count: alerts.length, hint, refusal });
    const { timeZone } = home;
    this.rows.show(
      shown.map((alert) => ({ ...alert, timeZone })),
      ({ id }) => id,
    );
  }
}

function alertRow({ id }, acknowledge) {
  const element = make('li', 'aurion-alert', { 'data-alert': id });
  const severity = make('span', 'aurion-severity');
  const time = make('time', '');
  const count = make('span', 'aurion-times');
  const message = make('div', 'aurion-message');
  const by = make('div', 'aurion-by');
  const press = button(text('alert.acknowledge')).on('click', async () => {
    press.prop('disabled', true);
    tellRefusal(element, '');
    await acknowledge(id).catch((reason) => {
      tellRefusal(element, reason);
      press.prop('disabled', false);
    });
  });
  const foot = make('div', 'aurion-foot').append(by, press);
  element.append(make('div', 'aurion-head').append(severity, time, count), message, foot);
  return {
    element,
    update(alert) {
      const at = { language: language(), timeZone: alert.timeZone, now: Date.now() };
      element.attr('data-severity', alert.severity);
      severity.text(text(`severity.${alert.severity}`));
      time.text(momentText(alert.timestamp, at)).attr('datetime', alert.timestamp);
      time.attr('title', fullMomentText(alert.timestamp, at));
      const last = fullMomentText(alert.lastTimestamp, at);
      count.text(alert.count > 1 ? `×${alert.count}` : '');
      count.attr('title', text('alert.count', { n: alert.count, last }));
      message.text(alert.message);
      press.toggle(!alert.acknowledged);
      by.text(alert.acknowledged ? acknowledgement(alert, at) : '');
    },
  };
}

function acknowledgement({ acknowledgedBy, acknowledgedAt }, at) {
  const when = acknowledgedAt ? momentText(acknowledgedAt, at) : '';
  return text('alert.acknowledged', { by: acknowledgedBy ?? '', when });
}
