/* global RED, $, window, Intl, aurionEditor */

/** The editor of a running home's tariff. It lives in the home's store and counts once it is saved, without a deploy. */
(window.aurionHome ??= {}).tariffs = (draftForms, parts) => {
  const t = (key, values) =>
    RED._(`node-red-contrib-aurion/aurion-home:aurion-home.tariff.${key}`, values);
  const { decimal, today, editable, emptyBand, fromHome, sort, toHome, startOf } = draftForms;
  const { note, problem, cell, row, line, table, input, button, icon } = parts;
  const { dayToggles, tellProblems } = parts;
  const KINDS = ['flat', 'tou', 'tranches'];
  const SAMPLE_KWH = 250;

  /** What was typed and not saved, by home: it outlives the dialog, so that nothing is lost silently. */
  const drafts = new Map();

  const language = () => (RED.i18n.lang().startsWith('fr') ? 'fr' : 'en');

  class TariffEditor {
    constructor(place, homeName) {
      this.place = place.addClass('aurion-tariff');
      this.homeName = homeName;
      this.draft = null;
      this.isDirty = false;
      /** After a refusal what is wrong is said anew with each change. */
      this.isStrict = false;
      this.kWh = SAMPLE_KWH;
    }

    /** Once; again if the home is another or did not run. */
    load() {
      const home = this.homeName();
      if (this.draft && this.home === home) return;
      this.home = home;
      this.place.empty().append(note(t('about')), note(t('loading')));
      aurionEditor
        .run(home, 'energy.tariff')
        .done((tariff) => this.show(drafts.get(home) ?? fromHome(tariff), drafts.has(home)))
        .fail((reason) => {
          this.draft = null;
          this.place.empty().append(note(t('about')), problem(reason));
        });
    }

    show(draft, isDirty = false) {
      Object.assign(this, { draft, isDirty, isStrict: false });
      this.render();
      this.changed(isDirty);
    }

    render() {
      const { draft } = this;
      const versions = draft.versions.map((version, i) => this.version(version, i));
      this.state = $('<div class="aurion-tariff-state" role="status">');
      this.actions = $('<div class="form-row aurion-tariff-actions">').append(
        button('save', 'check', t('save'), () => this.save()).addClass('primary'),
        button('discard', 'undo', t('discard'), () => this.discard()),
      );
      const sample = input(
        this.kWh,
        (text) => (this.kWh = text),
        () => this.preview(),
      )
        .addClass('aurion-number')
        .attr('id', 'aurion-tariff-kwh');
      this.place.empty().append(
        note(t('about')),
        draft.isUnset ? problem(t('unset')) : '',
        line(
          t('currency'),
          this.field(draft, 'currency', 'currency').attr('list', 'aurion-home-list-currency'),
        ),
        $('<div class="aurion-tariff-sample">').append(
          $('<span>').text(t('sample')),
          sample,
          $('<span>').text('kWh'),
        ),
        ...versions,
        button('add', 'plus', t('add'), () => this.add({ kind: 'flat' })),
        this.actions,
        this.state,
      );
    }

    version(version, i) {
      const at = `versions.${i}`;
      const from = this.field(version, 'validFrom', `${at}.validFrom`, () => this.sort());
      if (/^$|^\d{4}-\d\d-\d\d$/.test(version.validFrom)) from.attr('type', 'date');
      const kind = $('<select>')
        .append(
          KINDS.map((each) =>
            $('<option>')
              .val(each)
              .text(t(`kind.${each}`)),
          ),
        )
        .val(version.kind)
        .attr('aria-label', t('kind.label'))
        .on('change', () => this.restructure(() => (version.kind = kind.val())));
      const { versions } = this.draft;
      return $('<fieldset class="aurion-version">')
        .attr('data-path', at)
        .append(
          $('<div class="aurion-version-head" data-row>').append(
            $('<label>').append($('<span>').text(t('valid-from')), from),
            kind,
            icon('copy', t('copy'), () => this.add(version)),
            icon('trash', t('delete'), () => this.restructure(() => versions.splice(i, 1))).prop(
              'disabled',
              versions.length === 1,
            ),
          ),
          i === 0 ? note(t('first')) : '',
          version.kind === 'tranches'
            ? this.tranches(version, at)
            : line(
                t(version.kind === 'tou' ? 'price-outside' : 'price'),
                this.amount(version, 'price', `${at}.price`),
              ),
          version.kind === 'tou' ? this.bands(version, at) : '',
          line(t('monthly-fee'), this.amount(version, 'monthlyFee', `${at}.monthlyFee`)),
          $('<div class="aurion-bill">').attr('data-bill', i),
        );
    }

    tranches({ tranches }, at) {
      const rows = tranches.map((tranche, i) => {
        const isLast = i === tranches.length - 1;
        const path = `${at}.tranches.${i}`;
        const upTo = isLast
          ? $('<span>').text(t('no-limit'))
          : this.field(tranche, 'upTo', `${path}.upTo`).addClass('aurion-number');
        return row(path).append(
          cell(upTo),
          cell(this.amount(tranche, 'price', `${path}.price`)),
          cell(this.remover(tranches, i)),
        );
      });
      const more = () => tranches.splice(tranches.length - 1, 0, { upTo: '', price: '' });
      return [
        table([t('up-to'), t('price'), ''], rows),
        button('add-tranche', 'plus', t('add-tranche'), () => this.restructure(more)),
      ];
    }

    bands({ bands }, at) {
      const rows = bands.map((band, i) => {
        const path = `${at}.bands.${i}`;
        const text = (name) => this.field(band, name, `${path}.${name}`);
        return row(path).append(
          cell(text('name')),
          cell(this.days(band).attr('data-path', `${path}.days`)),
          cell(text('from').addClass('aurion-time').attr('placeholder', '18:00')),
          cell(text('to').addClass('aurion-time').attr('placeholder', '22:00')),
          cell(this.amount(band, 'price', `${path}.price`)),
          cell(this.remover(bands, i)),
        );
      });
      const heads = ['band', 'days', 'from', 'to', 'price'].map((key) => t(key));
      return [
        table([...heads, ''], rows),
        button('add-band', 'plus', t('add-band'), () =>
          this.restructure(() => bands.push(emptyBand())),
        ),
      ];
    }

    days(band) {
      return dayToggles(language(), band.days, (days) => {
        band.days = days;
        this.changed();
      });
    }

    /** A field for a property of something in the draft. */
    field(owner, name, path, then = () => undefined) {
      const typed = (text) => {
        owner[name] = text;
        this.changed(true, false);
      };
      return input(owner[name], typed, () => {
        then();
        this.changed();
      }).attr({ 'data-path': path, 'aria-label': t(`field.${name}`) });
    }

    amount(owner, name, path) {
      return this.field(owner, name, path).addClass('aurion-number').attr('inputmode', 'decimal');
    }

    remover(list, i) {
      const remove = () => this.restructure(() => list.splice(i, 1));
      return icon('trash', t('delete'), remove).prop('disabled', list.length === 1);
    }

    add(version) {
      this.draft.versions.push({ ...editable(version), validFrom: today() });
      this.sort();
      this.changed();
    }

    sort() {
      sort(this.draft);
      this.render();
    }

    restructure(change) {
      change();
      this.render();
      this.changed();
    }

    /** @param settled false while somebody types */
    changed(isDirty = true, settled = true) {
      this.isDirty = isDirty;
      this.actions.find(':input').prop('disabled', !isDirty);
      this.say(isDirty ? 'doubtful' : '', isDirty ? t('unsaved') : '');
      if (settled) this.preview();
    }

    say(outcome, ...content) {
      this.state.attr('data-outcome', outcome).empty().append(content);
    }

    /** What a month costs by each version: the home's own reckoning, or nothing. @returns a promise of what is wrong */
    preview() {
      const tariff = toHome(this.draft);
      const kWh = Number(decimal(this.kWh));
      const path = `homes/${encodeURIComponent(this.home)}/tariff-preview`;
      const asked = (this.asked = aurionEditor.post(path, { tariff, kWh }));
      return asked.then(({ timeZone, bills, problems }) => {
        // Something else was typed meanwhile.
        if (asked !== this.asked) return problems;
        this.timeZone = timeZone;
        this.place.find('[data-bill]').empty();
        bills.forEach((bill, i) => this.bill(i, bill, tariff.currency, kWh));
        if (this.isStrict) tellProblems(this.place, problems, this.actions);
        return problems;
      });
    }

    bill(i, { total, monthlyFee }, currency, kWh) {
      const money = new Intl.NumberFormat(language(), {
        ...{ style: 'currency', currency, currencyDisplay: 'code' },
      });
      const values = {
        kWh: new Intl.NumberFormat(language()).format(kWh),
        total: money.format(total),
        fee: money.format(monthlyFee),
      };
      const isEven = this.draft.versions[i].kind === 'tou';
      const texts = [
        t(monthlyFee > 0 ? 'bill-with-fee' : 'bill', values),
        isEven ? t('bill-even') : '',
      ];
      this.place.find(`[data-bill="${i}"]`).text(texts.join(' ').trim());
    }

    /** @returns a promise; it fails with the reason as a text to show */
    save() {
      const { home, draft } = this;
      drafts.set(home, draft);
      this.isStrict = true;
      this.say('busy', t('saving'));
      this.actions.find(':input').prop('disabled', true);
      return this.preview()
        .then((problems) => {
          if (problems.length > 0) return $.Deferred().reject(t('refused'));
          return aurionEditor.run(home, 'energy.set-tariff', toHome(draft));
        })
        .done((saved) => {
          drafts.delete(home);
          this.show(fromHome(saved));
          this.say('good', t('saved'), this.rerateOffer(saved));
          this.state[0].scrollIntoView({ block: 'nearest' });
        })
        .fail((reason) => {
          this.changed(true, false);
          this.say('bad', reason);
        });
    }

    discard() {
      drafts.delete(this.home);
      this.draft = null;
      this.load();
    }

    /** What was measured keeps its price until it is priced anew. */
    rerateOffer({ versions }) {
      const result = $('<div role="status">');
      const from = input(versions.at(-1).validFrom.slice(0, 10)).attr({
        ...{ type: 'date', id: 'aurion-tariff-rerate-from', 'aria-label': t('rerate-from') },
      });
      if (from.val() < '2000') from.val(`${today().slice(0, 7)}-01`);
      const go = button('rerate', 'refresh', t('rerate'), () => {
        go.prop('disabled', true);
        result.text(t('rerating'));
        const span = { from: startOf(from.val(), this.timeZone), to: new Date().toISOString() };
        aurionEditor
          .run(this.home, 'energy.rerate', span)
          .done(({ buckets }) =>
            result.text(buckets === 0 ? t('rerated-none') : t('rerated', { buckets })),
          )
          .fail((reason) => result.text(reason))
          .always(() => go.prop('disabled', false));
      });
      return $('<div class="aurion-rerate">').append(
        note(t('rerate-about')),
        $('<div class="aurion-tariff-actions">').append(
          $('<label>').append($('<span>').text(t('rerate-from')), from),
          go,
        ),
        result,
      );
    }

    /** With Done what was typed counts, here too; where the home refuses it, it waits for the dialog to open again. */
    saveOnDone() {
      if (!this.isDirty) return;
      this.save()
        .done(() => RED.notify($('<span>').text(t('saved')), 'success'))
        .fail((reason) => notify(`${t('kept')} ${reason}`, 'error'));
    }

    keepOnCancel() {
      if (!this.isDirty) return;
      drafts.set(this.home, this.draft);
      notify(t('kept'), 'warning');
    }
  }

  function notify(text, type) {
    RED.notify($('<span>').text(text), { type, timeout: 10_000 });
  }

  return Object.freeze({ attach: (place, homeName) => new TariffEditor(place, homeName) });
};
