/**
 * Who may ask. One token for everybody: in `Authorization: Bearer`, or behind a cookie that the page gets for it. The
 * cookie is an expiry time with an HMAC under a key made from the token, so that it survives a restart of the server,
 * and a new token makes all of them worthless; it is not the token, which never gets back out.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const COOKIE = 'hemostat_session';
const LIFETIME_MS = 30 * 86_400_000;

export interface Sessions {
  /** The same time for every wrong token, whatever its length. */
  isToken(candidate: string): boolean;
  /** Value for a new cookie. */
  open(now: number): string;
  isOpen(cookie: string, now: number): boolean;
}

export function createSessions(token: string): Sessions {
  const expected = digest(token);
  const key = createHash('sha256').update('hemostat session\0').update(token).digest();
  const sign = (expires: string): string => createHmac('sha256', key).update(expires).digest('base64url');
  return {
    isToken: (candidate) => timingSafeEqual(digest(candidate), expected),
    open(now) {
      const expires = String(Math.round(now + LIFETIME_MS));
      return `${expires}.${sign(expires)}`;
    },
    isOpen(cookie, now) {
      const [expires = '', signature = ''] = cookie.split('.', 2);
      if (!/^\d{1,16}$/.test(expires)) return false;
      return timingSafeEqual(digest(signature), digest(sign(expires))) && Number(expires) > now;
    },
  };
}

/** `secure`: the page came over HTTPS, by what the proxy in front says. */
export function cookieHeader(value: string, secure: boolean): string {
  const age = value === '' ? 0 : LIFETIME_MS / 1000;
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure ? '; Secure' : ''}`;
}

/** The value of our cookie in a `cookie` header; empty where it is not there. */
export function cookieOf(header: string | undefined): string {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === COOKIE) return pair.slice(equals + 1).trim();
  }
  return '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
