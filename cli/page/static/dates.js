// Dates as people write them, and ranges of them, as kb/dates.py and kb/query/ranges.py read them.

const SHORT = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const Y = '(?<y>[12]\\d{3})',
  M = '(?<m>\\d\\d?)',
  D = '(?<d>\\d\\d?)',
  GAP = '[\\s,/-]{1,3}';
const MONTH =
  '(?<name>january|february|march|april|june|july|august|september|october|november|december|sept|' +
  SHORT.join('|') +
  ')\\.?';
const NTH = D + '(?:st|nd|rd|th)?',
  PART = '(?:spring|summer|autumn|fall|winter|q[1-4])';
const FORMS = [
  Y,
  Y + '(?<sep>[-/. ])' + M + '(?:\\k<sep>' + D + ')?',
  Y + '(?<m>\\d\\d)(?<d>\\d\\d)',
  Y + '年(?:' + M + '月(?:' + D + '日)?)?',
  MONTH + GAP + Y,
  Y + GAP + MONTH + '(?:' + GAP + NTH + ')?',
  NTH + GAP + '(?:of )?' + MONTH + GAP + Y,
  MONTH + GAP + NTH + GAP + Y,
  '(?<a>\\d\\d?)(?<sep>[-/.])(?<b>\\d\\d?)\\k<sep>' + Y,
  PART + GAP + Y,
  Y + GAP + PART,
].map((form) => new RegExp('^(?:' + form + ')$', 'u'));

// [year, month, day] as far as they are given (0: not given), or null.
function parseDate(text) {
  text = text
    .normalize('NFKC')
    .replaceAll('\u2013', '-')
    .replace(/^[\s.,:;()[\]"']+|[\s.,:;()[\]"']+$/g, '')
    .toLowerCase();
  const match = text.length <= 64 && FORMS.map((form) => form.exec(text)).find(Boolean);
  if (!match) return null;
  const { y, m = 0, d = 0, name, a, b } = match.groups;
  let month = name ? SHORT.indexOf(name.slice(0, 3)) + 1 : +m,
    day = +d;
  if (a && (+a === +b || Math.max(a, b) > 12)) [month, day] = [Math.min(a, b), Math.max(a, b)];
  const known = new Date(Date.UTC(+y, (month || 1) - 1, day || 1));
  return (day && !month) || known.getUTCMonth() !== (month || 1) - 1 || month > 12 ? null : [+y, month, day];
}

function spanOf(paper) {
  if (!paper.span) {
    const date = paper.date && parseDate(paper.date);
    paper.span = date ? [firstDay(date), lastDay(date)] : [];
  }
  return paper.span;
}

const iso = (...utc) => new Date(Date.UTC(...utc)).toISOString().slice(0, 10);
const firstDay = ([y, m, d]) => iso(y, (m || 1) - 1, d || 1);
const lastDay = ([y, m, d]) => (d ? iso(y, m - 1, d) : iso(y, m || 12, 0));

// The first and last day of `2017`, `2014..2017`, `2017..`, `>=2017`, `<2017-06`.
function days({ text, at }, onlyYears) {
  const date = (part, at) => {
    const read = part && (!onlyYears || /^\d{4}$/.test(part)) && parseDate(part);
    const wanted = onlyYears ? 'a year such as 2017, or 2014..2017' : 'a date such as 2017, 2017-06 or 2017-06-12';
    return read || fail('expected ' + wanted + ', found `' + part + '`', at);
  };
  const next = (day, by) => iso(+day.slice(0, 4), day.slice(5, 7) - 1, +day.slice(8) + by);
  const compared = /^(>=|<=|>|<)([^]*)$/.exec(text),
    least = '0000-01-01',
    most = '9999-12-31';
  if (compared) {
    const [, sign, part] = compared,
      read = date(part, at + sign.length);
    if (sign[0] === '>') return [sign[1] ? firstDay(read) : next(lastDay(read), 1), most];
    return [least, sign[1] ? lastDay(read) : next(firstDay(read), -1)];
  }
  const dots = text.indexOf('..'),
    start = dots < 0 ? text : text.slice(0, dots),
    end = text.slice(dots + 2);
  if (dots < 0) return [firstDay(date(text, at)), lastDay(date(text, at))];
  const low = start ? firstDay(date(start, at)) : least,
    high = end ? lastDay(date(end, at + dots + 2)) : most;
  if (low > high) fail('the range ends before it begins: `' + text + '`', at);
  return [low, high];
}
