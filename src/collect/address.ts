/** From what people type to an HTTP address: `http://h:6060`, `h:6060`, `:6060`, `unix:/run/x.sock`, with any path. */
import { UsageError } from './error.ts';
import type { Address } from './target.ts';

const UNIX = /^(?:http\+)?unix:(?:\/\/)?/i;

export function looksLikeAddress(word: string): boolean {
  return (
    /^https?:\/\//i.test(word) || UNIX.test(word) || /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*):\d{1,5}(\/|$)/.test(word)
  );
}

/** Throws UsageError where `word` is no address. */
export function parseAddress(word: string): Address {
  if (UNIX.test(word)) return parseUnix(word);
  const full = /^https?:\/\//i.test(word) ? word : `http://${word.startsWith(':') ? '127.0.0.1' : ''}${word}`;
  let url: URL;
  try {
    url = new URL(full);
  } catch {
    throw new UsageError(
      `"${word.replace(/\/\/[^/@]*@/, '//')}" is not a URL; write it like http://host:6060 or host:6060`,
    );
  }
  // A wildcard is where a server listens, not where it can be reached.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  return { origin: url.origin, path: url.pathname, query: url.search.slice(1), ...userOf(url) };
}

function userOf(url: URL): Pick<Address, 'user'> {
  if (url.username === '' && url.password === '') return {};
  return { user: { name: decode(url.username), password: decode(url.password) } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `unix:/run/app.sock`, `unix:/run/app.sock:/admin` (path after a colon), `http+unix://%2Frun%2Fapp.sock/admin`. */
function parseUnix(word: string): Address {
  const rest = word.replace(UNIX, '');
  if (/^%2f/i.test(rest)) {
    const slash = rest.indexOf('/');
    const socketPath = decode(slash < 0 ? rest : rest.slice(0, slash));
    return { origin: 'http://localhost', socketPath, path: slash < 0 ? '/' : rest.slice(slash), query: '' };
  }
  const colon = rest.indexOf(':/');
  const socketPath = colon < 0 ? rest : rest.slice(0, colon);
  if (!socketPath.startsWith('/'))
    throw new UsageError(`"${word}" has no absolute path; write it like unix:/run/app.sock`);
  return { origin: 'http://localhost', socketPath, path: colon < 0 ? '/' : rest.slice(colon + 1), query: '' };
}
