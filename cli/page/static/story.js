// A story: papers of a note in its order, one step at a time, each with what the note says about it.

const storyOf = (now) => data.stories[Math.min(now.story, data.stories.length - 1)];
const stepOf = (now) => Math.min(now.step, storyOf(now).steps.length - 1);
const story = { entered: false, made: '' };

function startStory() {
  onKey('n', 'Next step of the story', () => state.view === 'story' && storyOf(state) && tell(stepOf(state) + 1));
  onKey('p', 'Previous step of the story', () => state.view === 'story' && storyOf(state) && tell(stepOf(state) - 1));
}

function tell(step, which = state.story) {
  const told = data.stories[which];
  if (!told || step < 0 || step >= told.steps.length) return;
  setState({ view: 'story', story: which, step, p: papers[told.steps[step][0]].key, to: '' }, { push: true });
  announce(`${step + 1} of ${told.steps.length}: ${papers[told.steps[step][0]].label}. ${told.steps[step][1]}`);
}

// The step's paper is bright, earlier ones stay visible, later ones are faint.
function storyFocus(now) {
  const at = stepOf(now),
    lit = new Map();
  storyOf(now).steps.forEach(([i], n) => lit.set(i, Math.max(lit.get(i) || 0, n === at ? 1 : n < at ? 0.75 : 0.3)));
  const told = new Set(
    storyOf(now)
      .steps.slice(0, at + 1)
      .map(([i]) => i),
  );
  return { lit, litEdges: among(told) };
}

function renderStory(now) {
  const told = now.view === 'story' && storyOf(now);
  $('story').hidden = !told;
  if (told && !story.entered && !now.p) state.p = papers[told.steps[stepOf(now)][0]].key;
  story.entered = !!told;
  const wanted = told && [now.story, now.step].join();
  if (!told || (story.made === wanted && story.data === data)) return;
  Object.assign(story, { made: wanted, data });
  const at = stepOf(now),
    [i, said] = told.steps[at],
    had = document.activeElement && document.activeElement.dataset.step;
  const button = (words, help, name, step) =>
    press(words, help, () => tell(step), {
      class: 'chip',
      'aria-label': help,
      'data-step': name,
      disabled: step < 0 || step >= told.steps.length,
    });
  const dots = told.steps.map(([index], n) => {
    const { label } = papers[index];
    const look = { class: n < at ? 'told' : null, 'aria-current': n === at ? 'step' : null };
    return el('li', {}, press('', label, () => tell(n), { ...look, 'aria-label': `${n + 1}: ${label}` }));
  });
  const others =
    data.stories.length > 1 &&
    el(
      'select',
      { 'aria-label': 'Story' },
      ...data.stories.map((other, n) => el('option', { value: n, selected: other === told }, other.title)),
    );
  if (others) others.addEventListener('change', () => tell(0, Number(others.value)));
  $('story').replaceChildren(
    el(
      'div',
      { class: 'bar' },
      others || el('h2', {}, el('bdi', {}, told.title)),
      el('ol', {}, ...dots),
      el('span', { class: 'quiet' }, `${at + 1} of ${told.steps.length}`),
    ),
    el(
      'div',
      { class: 'step' },
      button('←', 'Previous step', 'back', at - 1),
      el(
        'p',
        {},
        link(papers[i]),
        el('small', {}, ` ${papers[i].year || ''} `),
        el('bdi', {}, said),
      ),
      button('→', 'Next step', 'next', at + 1),
    ),
  );
  const again = had && $('story').querySelector(`[data-step=${had === 'back' ? 'back' : 'next'}]:enabled`);
  if (again) again.focus();
}
