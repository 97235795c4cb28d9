/** Package patterns as `go help packages` describes them. Pure functions over strings. */

/** `.`, `..`, `./x`, `../x` and absolute paths name directories; anything else is an import path. */
export function isLocal(pattern: string): boolean {
  return /^\.\.?($|[/\\])/.test(pattern) || pattern.startsWith('/') || /^[A-Za-z]:[/\\]/.test(pattern);
}

/** The part of a pattern before its first `...`, up to the last separator: `./a/b.../c` → `./a`. Whole without `...`. */
export function rootOf(pattern: string): string {
  const dots = pattern.indexOf('...');
  if (dots === -1) return pattern;
  const slash = pattern.lastIndexOf('/', dots);
  if (slash === 0) return '/';
  return slash === -1 ? '' : pattern.slice(0, slash);
}

/**
 * Whether a path matches a pattern: `...` stands for any text, also for none, and `/...` at the end for the path itself,
 * too. An element `vendor` matches only where the pattern writes it.
 */
export function matcherOf(pattern: string): (path: string) => boolean {
  if (!pattern.includes('...')) return (path) => path === pattern;
  const ending = pattern.endsWith('/...') ? '(?:/.*)?' : '';
  const body = ending === '' ? pattern : pattern.slice(0, -4);
  const expression = new RegExp(`^${body.split('...').map(literal).join('.*')}${ending}$`, 's');
  const namesVendor = /(^|\/)vendor(\/|$)/.test(pattern);
  return (path) => expression.test(path) && (namesVendor || !/(^|\/)vendor(\/|$)/.test(path));
}

/** Whether patterns leave a directory out because of an `ignore` line of go.mod: `./x` from the root, `x` at any depth. */
export function isIgnored(below: string, ignore: readonly string[]): boolean {
  return ignore.some((entry) => {
    const clean = entry.replace(/\/+$/, '');
    if (clean.startsWith('./')) return `${below}/`.startsWith(`${clean.slice(2)}/`);
    return `/${below}/`.includes(`/${clean}/`);
  });
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
