// The search field, how many papers it finds, and the same query as a command line.

const finding = { q: '', said: 0 };

function startFind() {
  const search = el('input', {
    id: 'search',
    class: 'field',
    type: 'search',
    placeholder: 'Search:  attention   pattern:gating   year:2014..2017',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Search papers',
    'aria-expanded': 'false',
    'aria-controls': 'offers',
    'aria-autocomplete': 'list',
    'aria-describedby': 'mistake',
  });
  const filters = press(
    'Filters',
    'Filters (f)',
    () => {
      $('facets').hidden = !$('facets').hidden;
      if (isOpen('facets')) makeRoom('facets');
      render();
    },
    { id: 'filters', 'aria-controls': 'facets' },
  );
  $('find').append(
    filters,
    el(
      'div',
      { id: 'field' },
      search,
      el('ul', { id: 'offers', role: 'listbox', 'aria-label': 'Completions', hidden: true }),
      el('p', { id: 'mistake', hidden: true }),
    ),
    el('span', { id: 'count', class: 'quiet' }),
  );
  search.addEventListener('input', () => {
    offer();
    look({ q: search.value, p: '' });
  });
  search.addEventListener('keydown', pressed);
  search.addEventListener('blur', () => setTimeout(closeOffers, 150));
  onKey('f', 'Filters', () => filters.click());
}

// Changes the query, which ends a path or a story. Typing over a chosen paper adds to the history, so back undoes it.
function look(patch, options = { push: state.p !== '' }) {
  setState({ to: '', ...(state.view === 'story' ? { view: 'graph' } : {}), ...patch }, options);
}

function renderFind(now) {
  const { hits, error, words } = matches(now.q),
    search = $('search');
  if (search.value !== now.q) search.value = now.q;
  search.setAttribute('aria-invalid', String(!!error));
  $('filters').setAttribute('aria-expanded', String(!$('facets').hidden));
  $('count').textContent = hits ? `${hits.size} of ${papers.length}` : counted(papers.length, 'paper');
  $('mistake').hidden = !error;
  if (error)
    $('mistake').replaceChildren(
      el('code', {}, now.q.slice(0, error.at), el('mark', {}, now.q.slice(error.at) || ' ')),
      error.message,
    );
  const line = commandLine(now.q);
  $('cli').replaceChildren(
    el('span', {}, words ? 'words are searched in titles and summaries; for whole notes:' : ''),
    el('code', { title: line }, line),
    copyButton('copy', () => line),
  );
  renderFacets(now);
  if (now.q === finding.q) return;
  finding.q = now.q;
  clearTimeout(finding.said);
  finding.said = setTimeout(
    () => announce(error ? error.message : $('count').textContent + (hits ? ' papers match' : '')),
    500,
  );
}

// -- the same on the command line -------------------------------------------------------------------------------------

function commandLine(q) {
  const [program] = data.command.split(' timeline'),
    asked = data.query && q.trim() ? `(${data.query}) (${q.trim()})` : q.trim();
  if (!asked) return data.command;
  const text = asked[0] === '-' ? ' ' + asked : asked;
  return program + ' query ' + (/^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\"'\"'") + "'");
}

function copyButton(words, text, attributes = {}) {
  const made = press(
    words,
    'Copy',
    () => {
      const done = () => {
        made.textContent = 'copied';
        announce('copied');
        setTimeout(() => {
          made.textContent = words;
        }, 1200);
      };
      (navigator.clipboard ? navigator.clipboard.writeText(text()) : Promise.reject()).then(done, () => {
        const field = el('textarea', { class: 'unseen', 'aria-hidden': 'true' });
        field.value = text();
        document.body.append(field);
        field.select();
        if (document.execCommand('copy')) done();
        field.remove();
        made.focus();
      });
    },
    { class: 'copy', ...attributes },
  );
  return made;
}
