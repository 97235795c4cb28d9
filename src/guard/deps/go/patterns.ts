/**
 * Lists of patterns as GOPRIVATE, GONOSUMDB and GOINSECURE have them: globs, divided by commas, that are held against as many elements
 * of a module's path as they have themselves (module.MatchPrefixPatterns of golang.org/x/mod; globs as in Go's path.Match). Pure.
 */

/** One step of a glob: `*`, or what one character has to be. */
type Step = '*' | ((point: number) => boolean);

/** Steps by glob: a list is held against every line of a go.sum. Null: malformed, which matches nothing. */
const cache = new Map<string, readonly Step[] | null>();
const SLASH = 0x2f;

/** The first pattern of `list` that covers `path`, or null. */
export function coveringPattern(list: string, path: string): string | null {
  const elements = path.split('/');
  for (const raw of list.split(',')) {
    const glob = raw.replace(/\/$/, '');
    if (glob === '') continue;
    const wanted = glob.split('/').length;
    if (elements.length < wanted) continue;
    if (matches(glob, elements.slice(0, wanted).join('/'))) return glob;
  }
  return null;
}

/**
 * As Go's path.Match: after a mismatch only the last star takes one character more, so time is at most the product of the lengths. It
 * takes no slash.
 */
function matches(glob: string, name: string): boolean {
  const steps = stepsOf(glob);
  if (steps === null) return false;
  const points = Array.from(name, (character) => character.codePointAt(0) ?? 0);
  let step = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < points.length) {
    const wanted = steps[step];
    const point = points[at] ?? 0;
    if (wanted === '*') {
      star = step++;
      starAt = at;
    } else if (wanted?.(point) === true) {
      step++;
      at++;
    } else if (star >= 0 && points[starAt] !== SLASH) {
      at = ++starAt;
      step = star + 1;
    } else return false;
  }
  while (steps[step] === '*') step++;
  return step === steps.length;
}

function stepsOf(glob: string): readonly Step[] | null {
  const known = cache.get(glob);
  if (known !== undefined) return known;
  const made = compile(glob);
  if (cache.size < 200) cache.set(glob, made);
  return made;
}

function compile(glob: string): readonly Step[] | null {
  const steps: Step[] = [];
  const points = Array.from(glob, (character) => character.codePointAt(0) ?? 0);
  for (let at = 0; at < points.length; ) {
    const c = String.fromCodePoint(points[at++] ?? 0);
    if (c === '*') steps.push('*');
    else if (c === '?') steps.push((point) => point !== SLASH);
    else if (c === '[') {
      const found = characterClass(points, at);
      if (found === null) return null;
      steps.push(found.step);
      at = found.end;
    } else {
      const wanted = c === '\\' ? points[at++] : c.codePointAt(0);
      if (wanted === undefined) return null;
      steps.push((point) => point === wanted);
    }
  }
  return steps;
}

/** The class whose first character is at `start`, and where it ends; null: path.Match takes it for malformed. */
function characterClass(points: readonly number[], start: number): { step: Step; end: number } | null {
  const [minus, caret, backslash, close] = [0x2d, 0x5e, 0x5c, 0x5d];
  let at = start;
  const negated = points[at] === caret;
  if (negated) at++;
  const one = (): number | undefined => {
    if (points[at] === backslash) at++;
    else if (points[at] === minus || points[at] === close) return undefined;
    return points[at++];
  };
  const ranges: { low: number; high: number }[] = [];
  do {
    const low = one();
    let high = low;
    if (points[at] === minus) {
      at++;
      high = one();
    }
    if (low === undefined || high === undefined) return null;
    ranges.push({ low, high });
  } while (at < points.length && points[at] !== close);
  if (at >= points.length) return null;
  const step: Step = (point) => ranges.some(({ low, high }) => low <= point && point <= high) !== negated;
  return { step, end: at + 1 };
}

/** Hosts where anybody may publish: a pattern for all of one leaves everything on it unchecked. */
const PUBLIC_HOSTS = [
  'github.com',
  'gitlab.com',
  'bitbucket.org',
  'codeberg.org',
  'gopkg.in',
  'golang.org',
  'google.golang.org',
  'k8s.io',
  'sigs.k8s.io',
  'go.uber.org',
  'gitee.com',
  'sr.ht',
];

/** Why the pattern covers more than what can be one's own, or '' where it does not. */
export function tooBroad(pattern: string): string {
  const elements = pattern.replace(/\/$/, '').split('/');
  const [host = ''] = elements;
  const rest = elements.slice(1);
  if (rest.some((element) => !/^[*?]+$/.test(element))) return '';
  const hit = PUBLIC_HOSTS.find((name) => matches(host, name));
  if (/^[*?]+$/.test(host)) return 'it covers every module there is';
  if (/^\*\.?[a-z]{2,}$/.test(host)) return `it covers every host that ends in ${host.slice(1)}`;
  if (hit !== undefined) return `it covers all of ${hit}, where anybody may publish`;
  return '';
}
