import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../../testing/admit-lab.ts';
import { anonymous } from '../registry/credentials.ts';
import { openRepository } from '../registry/open.ts';
import { parseImageReference } from '../registry/reference.ts';
import { createHttp } from './create.ts';
import { originsOf, privateHosts } from './private-hosts.ts';

let folder: string;
let server: Server;
let plain: NetServer;
let origin: string;
let plainOrigin: string;
let ca: string;
let key: string;

async function listen(of: NetServer): Promise<number> {
  await new Promise<void>((resolve) => of.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = of.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hemostat-tls-'));
  const made = makeCertificate(folder, 'registry');
  ca = readFileSync(made.certificate, 'utf8');
  key = readFileSync(made.key, 'utf8');
  plain = createPlain((_, response) => response.end('plain'));
  plainOrigin = `http://127.0.0.1:${await listen(plain)}`;
  server = createServer({ cert: ca, key, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const socket: unknown = request.socket;
    if (request.url === '/down') response.writeHead(302, { location: `${plainOrigin}/` }).end();
    else if (request.url?.startsWith('/v2/shop/')) response.writeHead(404).end();
    else response.end(isAuthorized(socket) ? 'known' : 'unknown');
  });
  origin = `https://127.0.0.1:${await listen(server)}`;
});

afterAll(() => {
  server?.closeAllConnections();
  server?.close();
  plain?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const isAuthorized = (socket: unknown): boolean =>
  typeof socket === 'object' && socket !== null && 'authorized' in socket && socket.authorized === true;

it('trusts nobody unknown, does not try that again, and trusts a CA that it is given', async () => {
  const stranger = createHttp({ pauseMs: 60_000 });
  await expect(stranger.send(`${origin}/a?token=x`, { limit: 10 })).rejects.toMatchObject({
    kind: 'tls',
    message: expect.stringMatching(/^no trusted connection to https:\/\/127\.0\.0\.1:\d+\/a \(/),
  });
  stranger.close();
  const friend = createHttp({ origins: { [origin]: { ca } } });
  expect((await friend.send(`${origin}/a`, { limit: 10 })).body.toString()).toBe('unknown');
  friend.close();
});

it('shows its certificate to the origin that it is for', async () => {
  const http = createHttp({ origins: { [origin]: { ca, cert: ca, key } } });
  expect((await http.send(`${origin}/a`, { limit: 10 })).body.toString()).toBe('known');
  http.close();
});

it('takes authorities and certificates from the files of gate.tls, and from no other', async () => {
  const host = origin.replace('https://', '');
  writeFileSync(join(folder, 'ca.pem'), ca);
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(join(folder, 'junk.pem'), 'junk');
  const hosts = privateHosts.parse({ [host]: { ca: 'ca.pem', cert: 'ca.pem', key: 'key.pem' } });
  const http = createHttp({ origins: originsOf(hosts, folder) });
  expect((await http.send(`${origin}/a`, { limit: 10 })).body.toString()).toBe('known');
  http.close();
  expect(() => originsOf({ [host]: { ca: 'none.pem' } }, folder)).toThrow(
    /^gate\.tls\.\S+\.ca: none\.pem cannot be read/,
  );
  expect(() => originsOf({ [host]: { ca: 'junk.pem' } }, folder)).toThrow(/junk\.pem is not PEM/);
  for (const wrong of [{ [host]: { cert: 'c' } }, { [host]: {} }, { 'https://a': { ca: 'c' } }, { A: { ca: 'c' } }])
    expect(privateHosts.safeParse(wrong).success).toBe(false);
});

it('follows no redirect out of TLS', async () => {
  const http = createHttp({ origins: { [origin]: { ca } } });
  await expect(http.send(`${origin}/down`, { limit: 10 })).rejects.toMatchObject({
    kind: 'redirects',
    message: expect.stringContaining(`leads to ${plainOrigin}/ without TLS`),
  });
  http.close();
});

it('finds out that a registry on loopback has TLS', async () => {
  const http = createHttp({ origins: { [origin]: { ca } }, pauseMs: 1 });
  const reference = parseImageReference(`${origin.replace('https://', '')}/shop/api`);
  expect(await openRepository(http, reference, anonymous).manifest('v1')).toBeNull();
  http.close();
});
