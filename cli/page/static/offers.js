// Completions below the search field: papers with that name, fields, and values of fields.

const offers = { list: [], at: -1 };

// Offers papers with that name, and what would complete the word before the caret.
function offer() {
  const search = $('search'),
    before = search.value.slice(0, search.selectionStart);
  const [, lead, field, part] =
    /^([^]*?)(?:-|\b([A-Za-z][A-Za-z-]*):(?:[^\s(),"]+,|"[^"]*",)*)?("?[^\s(),":]*)$/.exec(before) || [];
  offers.list = [];
  offers.at = -1;
  if (part !== undefined && (part.length || field)) {
    const start = before.length - part.length,
      wanted = fold(part),
      named = field && field.toLowerCase();
    const add = (text, hint) =>
      offers.list.length < 9 && offers.list.push({ text, hint, act: () => complete(start, before.length, text) });
    const fits = (value) =>
      fold(value)
        .split(' ')
        .some((_, i, all) => all.slice(i).join(' ').startsWith(wanted));
    if (named)
      for (const [value, count] of tally(named))
        fits(value) && fold(value) !== wanted && add(quoted(value), count ? String(count) : '');
    else if (wanted) {
      const called = (paper) =>
        namesOf(paper).some((name) => name.startsWith(wanted)) || fold(paper.label).startsWith(wanted);
      if (!lead.trim())
        for (const paper of papers
          .filter(called)
          .sort((a, b) => a.rank - b.rank)
          .slice(0, 5)) {
          offers.list.push({
            text: paper.label,
            hint: paper.year ? String(paper.year) : '',
            paper,
            act: () => go(paper),
          });
        }
      for (const name of FIELDS) if (name.startsWith(part.toLowerCase())) add(name + ':', 'field');
      for (const name of ['pattern', 'constraint', 'author', 'tag']) {
        if (wanted.length > 1)
          for (const [value, count] of tally(name)) fits(value) && add(name + ':' + quoted(value), String(count));
      }
    }
  }
  showOffers();
}

function go(paper) {
  closeOffers();
  look({ q: '', p: paper.key }, { push: true });
}

function complete(start, end, text) {
  const search = $('search'),
    rest = search.value.slice(end),
    gap = text.endsWith(':') || rest.startsWith(' ') ? '' : ' ';
  const value = search.value.slice(0, start) + text + gap + rest;
  search.value = value;
  search.focus();
  search.setSelectionRange(start + text.length + gap.length, start + text.length + gap.length);
  offer();
  look({ q: value, p: '' });
}

function showOffers() {
  const shown = offers.list.map((one, n) => {
    const item = el(
      'li',
      { id: 'offer' + n, role: 'option', 'aria-selected': String(n === offers.at) },
      el('bdi', {}, one.text),
      el('small', {}, one.hint),
    );
    item.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      one.act();
    });
    return item;
  });
  $('offers').replaceChildren(...shown);
  $('offers').hidden = !shown.length;
  $('search').setAttribute('aria-expanded', String(!!shown.length));
  if (offers.at < 0) $('search').removeAttribute('aria-activedescendant');
  else $('search').setAttribute('aria-activedescendant', 'offer' + offers.at);
}

function closeOffers() {
  if (!offers.list.length) return;
  Object.assign(offers, { list: [], at: -1 });
  showOffers();
  render();
}

function pressed(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key],
    length = offers.list.length;
  if (by && length)
    ((offers.at = (offers.at + by + length + 1 + (offers.at < 0 && by < 0)) % (length + 1)),
      offers.at === length && (offers.at = -1),
      showOffers());
  else if (event.key === 'Enter') enter();
  else if (event.key === 'Escape' && length) closeOffers();
  else return;
  event.preventDefault();
}

// Takes the completion that is marked; else goes to the paper with that name, to the only hit, or, if there is no hit,
// to the most influential paper whose name begins like that.
function enter() {
  const text = $('search').value.trim();
  const wanted = fold(text);
  const { hits } = matches($('search').value);
  const isCalled = (paper) => paper.key === text || fold(paper.label) === wanted || namesOf(paper).includes(wanted);
  const exact = wanted ? papers.filter(isCalled) : [];
  const [likely] = hits && !hits.size ? offers.list.filter(({ paper }) => paper) : [];
  if (offers.at >= 0) offers.list[offers.at].act();
  else if (exact.length === 1) go(exact[0]);
  else if (hits && hits.size === 1) setState({ p: papers[[...hits][0]].key, to: '' }, { push: true });
  else if (likely) likely.act();
  closeOffers();
}
