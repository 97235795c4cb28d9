/**
 * What .npmrc files say about registries: which one a package comes from, and what authenticates to it. Tokens stay in
 * here: they leave only as the header of a request, never in a message.
 */

/** Settings by key; later files override earlier ones. */
export type Npmrc = ReadonlyMap<string, string>;

/**
 * Reads `key = value` lines as npm does (ini; `;` and `#` begin comments), with `${NAME}` and `${NAME?}` from `env`. What is
 * not set stays as it stands, except with `?`, where it becomes empty.
 */
export function readNpmrc(text: string, env: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const trimmed = line.trim();
    const equals = trimmed.indexOf('=');
    if (equals <= 0 || /^[;#[]/.test(trimmed)) continue;
    const key = expand(unquote(trimmed.slice(0, equals).trim()), env);
    settings.set(key, expand(unquote(trimmed.slice(equals + 1).trim()), env));
  }
  return settings;
}

/** `npm_config_registry` and the like go before all files. */
export function npmrcFromEnv(env: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (key === undefined || value === undefined || value === '') continue;
    // npm turns all but the leading underscores into dashes, and leaves keys of registries (`//host/:_authToken`) alone.
    settings.set(key.startsWith('//') || key.startsWith('@') ? key : key.toLowerCase().replace(/(?!^)_/g, '-'), value);
  }
  return settings;
}

function unquote(text: string): string {
  const quote = text[0];
  if ((quote === '"' || quote === "'") && text.length >= 2 && text.endsWith(quote)) return text.slice(1, -1);
  // A comment needs a space before its sign, so that `#` in a password stays. (A pattern with `\s+` is quadratic here.)
  for (let at = 1; at < text.length; at++) {
    if ((text[at] === '#' || text[at] === ';') && /\s/.test(text[at - 1] ?? '')) return text.slice(0, at).trimEnd();
  }
  return text;
}

function expand(text: string, env: Readonly<Record<string, string | undefined>>): string {
  let out = '';
  let from = 0;
  for (const match of text.matchAll(/\$\{([^${}?]+)(\?)?\}/g)) {
    let slashes = 0;
    while (match.index - slashes > from && text[match.index - slashes - 1] === '\\') slashes++;
    out += text.slice(from, match.index - slashes) + '\\'.repeat(slashes >> 1);
    const [whole, name = '', optional] = match;
    // An odd number of backslashes escapes it.
    out += slashes % 2 === 1 ? whole : (env[name] ?? (optional === undefined ? whole : ''));
    from = match.index + whole.length;
  }
  return out + text.slice(from);
}

/** Where a package's registry is, with a slash at its end and without credentials. */
export function registryOf(
  name: string,
  npmrc: Npmrc,
  settings: Readonly<Record<string, string>>,
): { url: string; problem: string | null } {
  const scope = /^(@[^/]+)\//.exec(name)?.[1];
  const wanted =
    (scope === undefined ? undefined : (settings[scope] ?? npmrc.get(`${scope}:registry`))) ??
    settings.default ??
    npmrc.get('registry') ??
    DEFAULT_REGISTRY;
  const url = URL.canParse(wanted) ? new URL(wanted) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return {
      url: DEFAULT_REGISTRY,
      problem: `the registry of ${scope ?? 'packages without a scope'} is no http or https address`,
    };
  }
  return { url: registryAddress(wanted), problem: null };
}

/** Of a registry, as all are compared: with a slash at its end and without credentials. `text` can be parsed. */
export function registryAddress(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

export const DEFAULT_REGISTRY = 'https://registry.npmjs.org/';

/** All registries that are configured anywhere: lock entries that point there are from another registry, not redirected. */
export function knownRegistries(npmrc: Npmrc, settings: Readonly<Record<string, string>>): string[] {
  const addresses = [
    ...Object.values(settings),
    ...[...npmrc].flatMap(([key, value]) => (/(^|:)registry$/.test(key) ? [value] : [])),
  ];
  return addresses.filter((text) => URL.canParse(text)).map((text) => new URL(text).href);
}

/** Parts of a registry's path that can have credentials of their own. */
const MAX_PATH = 32;

/**
 * The `authorization` header for a request to `url`; null where none is configured. As npm does, keys are looked for from the
 * whole path upwards (`//host/a/b/`, `//host/a/`, `//host/`), so a token never goes to another host or port.
 */
export function authorization(url: string, npmrc: Npmrc): string | null {
  const { host, pathname } = new URL(url);
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .slice(0, MAX_PATH);
  for (let length = parts.length; length >= 0; length--) {
    const path = parts.slice(0, length).join('/');
    for (const key of [`//${host}/${path}${path === '' ? '' : '/'}`, `//${host}${path === '' ? '' : `/${path}`}`]) {
      const header = headerOf(key, npmrc);
      if (header !== null) return header;
    }
  }
  return null;
}

function headerOf(key: string, npmrc: Npmrc): string | null {
  const token = npmrc.get(`${key}:_authToken`);
  if (token !== undefined && token !== '') return `Bearer ${token}`;
  const basic = npmrc.get(`${key}:_auth`);
  if (basic !== undefined && basic !== '') return `Basic ${basic}`;
  const user = npmrc.get(`${key}:username`);
  const password = npmrc.get(`${key}:_password`);
  if (user === undefined || password === undefined) return null;
  return `Basic ${Buffer.from(`${user}:${Buffer.from(password, 'base64').toString('utf8')}`).toString('base64')}`;
}
