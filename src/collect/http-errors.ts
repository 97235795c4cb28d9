/** One sentence for each way in which a request fails: what, where, and what to do. */

/** Failures that may be gone a moment later. */
export function isTransient(code: string): boolean {
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(
    code,
  );
}

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** What the other side asked for, where an answer can be given by another scheme or another option. */
export type Wanted = 'tls' | 'login' | 'trust';

/** Null where nothing but the address can be wrong. */
export function wantedOf(code: string, status: number, body: Uint8Array): Wanted | null {
  if (status === 401 || status === 403) return 'login';
  if (status === 400 && wantsTls(startOf(body))) return 'tls';
  return UNTRUSTED.has(code) || CERTIFICATE.test(code) ? 'trust' : null;
}

const CERTIFICATE = /^(ERR_TLS_CERT_|CERT_)|ALERT.*CERTIFICATE/;

/** net/http's own words to a client that speaks plain HTTP to a TLS port. */
function wantsTls(text: string): boolean {
  return text.includes('HTTP request to an HTTPS server');
}

function startOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 400)).toString('latin1');
}

/** A failure below HTTP. `code` and `message` are node's; `shown` and `origin` carry no secrets. */
export function describeTransport(code: string, message: string, shown: string, origin: string): string {
  const host = origin.replace(/^[a-z]+:\/\//, '');
  if (UNTRUSTED.has(code)) {
    const why = code.includes('SELF_SIGNED') ? 'it is self-signed' : 'nobody known has signed it';
    return `the TLS certificate of ${host} is not trusted (${why}): give its authority with --cacert FILE, or skip the check with --insecure`;
  }
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${shown.startsWith('unix:') ? shown : host} (connection refused); is the service running, and is this the port of its pprof?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name of ${host} cannot be resolved (${code}); check its spelling and the DNS`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${host} cannot be reached from here (${code}); check the address and the network`;
    case 'ETIMEDOUT':
      return `${host} does not accept a connection in time; check the address and any firewall between`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${shown} closed the connection without a complete answer (${message}); did the service stop, or does it speak something else than HTTP?`;
    case 'ENOENT':
      return `${shown} does not exist; check the path of the socket`;
    case 'EACCES':
      return `${shown} may not be opened by this user; run hemostat as the socket's owner`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'EPROTO':
      return `${host} does not speak TLS; use http:// instead of https://`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the TLS certificate of ${host} is for another name; use the name in the certificate, or skip the check with --insecure`;
    case 'CERT_HAS_EXPIRED':
      return `the TLS certificate of ${host} has expired; renew it, or skip the check with --insecure`;
    default:
      break;
  }
  if (code.includes('ALERT') && code.includes('CERTIFICATE')) {
    return `${host} wants a client certificate (${code}); give --cert FILE and --key FILE`;
  }
  if (code.startsWith('HPE_')) return `${shown} does not speak HTTP (${code}); is this the port of its pprof?`;
  return `${shown} could not be read: ${message}${code === '' || message.includes(code) ? '' : ` (${code})`}`;
}

/** An HTTP answer other than 200. */
export function describeStatus(status: number, shown: string, hasCredentials: boolean, body: Uint8Array): string {
  const start = startOf(body);
  if (status === 400 && wantsTls(start)) {
    return `${shown} wants TLS; use https:// instead of http://`;
  }
  if (status === 401 || status === 403) {
    return hasCredentials
      ? `${shown} does not accept the credentials given (${status}); check --user, --bearer-file or --header`
      : `${shown} wants a login (${status}); give --user NAME:PASSWORD, --bearer-file FILE or --header 'Name: value'`;
  }
  if (status === 404) return `${shown} does not exist (404); check the path`;
  if (status >= 500)
    return `${shown} answers ${status}${firstLine(start)}; the service or a proxy before it is in trouble`;
  return `${shown} answers ${status}${firstLine(start)}; check the address`;
}

/** The first line of a plain-text body, quoted; nothing for HTML. */
function firstLine(text: string): string {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  if (line === '' || line.startsWith('<') || !/^[\x20-\x7e]+$/.test(line)) return '';
  return ` ("${line.slice(0, 80)}")`;
}
