/**
 * Lists of patterns as GOPRIVATE, GONOSUMDB and GOINSECURE have them: globs, divided by commas, that are held against as many elements
 * of a module's path as they have themselves (module.MatchPrefixPatterns of golang.org/x/mod; globs as in Go's path.Match). Pure.
 */

const cache = new Map<string, RegExp | null>();

/** The first pattern of `list` that covers `path`, or null. */
export function coveringPattern(list: string, path: string): string | null {
  for (const raw of list.split(',')) {
    const glob = raw.replace(/\/$/, '');
    if (glob === '') continue;
    const elements = path.split('/');
    const wanted = glob.split('/').length;
    if (elements.length < wanted) continue;
    if (globExpression(glob)?.test(elements.slice(0, wanted).join('/')) === true) return glob;
  }
  return null;
}

/** Null: a glob that is malformed, which matches nothing. */
function globExpression(glob: string): RegExp | null {
  const known = cache.get(glob);
  if (known !== undefined) return known;
  const made = compile(glob);
  if (cache.size < 1000) cache.set(glob, made);
  return made;
}

function compile(glob: string): RegExp | null {
  let source = '';
  for (let i = 0; i < glob.length; i++) {
    const c = glob.charAt(i);
    if (c === '*') {
      // Stars in a row are one: so the expression has no two ways to match the same.
      if (!source.endsWith('[^/]*')) source += '[^/]*';
    } else if (c === '?') source += '[^/]';
    else if (c === '[') {
      const found = characterClass(glob, i);
      if (found === null) return null;
      source += found.source;
      i = found.end;
    } else if (c === '\\') {
      i++;
      if (i >= glob.length) return null;
      source += quote(glob.charAt(i));
    } else source += quote(c);
  }
  try {
    return new RegExp(`^(?:${source})$`, 'su');
  } catch {
    return null;
  }
}

/** The class that begins at `start`, and where its `]` is; null: path.Match takes it for malformed. */
function characterClass(glob: string, start: number): { source: string; end: number } | null {
  let at = start + 1;
  const negated = glob[at] === '^';
  if (negated) at++;
  const one = (): string | null => {
    if (glob[at] === '\\') at++;
    else if (glob[at] === '-' || glob[at] === ']') return null;
    const point = glob.codePointAt(at);
    if (point === undefined) return null;
    at += point > 0xffff ? 2 : 1;
    return `\\u{${point.toString(16)}}`;
  };
  let ranges = '';
  do {
    const low = one();
    let high = low;
    if (glob[at] === '-') {
      at++;
      high = one();
    }
    if (low === null || high === null) return null;
    // A range that is the wrong way round has nothing in it.
    if (Number.parseInt(low.slice(3), 16) <= Number.parseInt(high.slice(3), 16)) ranges += `${low}-${high}`;
  } while (at < glob.length && glob[at] !== ']');
  return at < glob.length ? { source: `[${negated ? '^' : ''}${ranges}]`, end: at } : null;
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
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
  const hit = PUBLIC_HOSTS.find((name) => globExpression(host)?.test(name) === true);
  if (/^[*?]+$/.test(host)) return 'it covers every module there is';
  if (/^\*\.?[a-z]{2,}$/.test(host)) return `it covers every host that ends in ${host.slice(1)}`;
  if (hit !== undefined) return `it covers all of ${hit}, where anybody may publish`;
  return '';
}
