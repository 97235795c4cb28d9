/** What a registry may do that no honest one does, and what an honest one with a token service does. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../http/create.ts';
import { parseChallenges } from './challenge.ts';
import { anonymous, type CredentialSource } from './credentials.ts';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from './oci-manifest.ts';
import { openRepository } from './open.ts';
import { parseImageReference } from './reference.ts';
import type { Repository } from './registry.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const BLOB = { mediaType: 'application/octet-stream', digest: sha256Of(Buffer.from('abc')), size: 3 };
const IMAGE = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: BLOB, layers: [BLOB] }));
const DIGEST = sha256Of(IMAGE);
const ANN: CredentialSource = () => Promise.resolve({ user: 'ann', password: 'pa:ss' });

let server: Server;
let host = '';
let handle: Handler;
let asked: string[];
const http = createHttp({ pauseMs: 1 });

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', `http://${host}`);
    asked.push(`${request.method} ${url.pathname}${url.search} ${request.headers.authorization ?? '-'}`);
    if (url.pathname === '/v2/') response.end('{}');
    else handle(request, response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(() => {
  http.close();
  server.closeAllConnections();
  server.close();
});

const open = (credentials = anonymous): Repository =>
  openRepository(http, parseImageReference(`${host}/shop/api`), credentials);

const image: Handler = (_, response) => response.writeHead(200, { 'content-type': OCI_MANIFEST }).end(IMAGE);

describe('tokens', () => {
  /** A registry whose tokens are `token for <scope>`, and good for that. */
  const guarded: Handler = (request, response, url) => {
    if (url.pathname === '/token') {
      const user = request.headers.authorization ?? 'anonymous';
      const token = Buffer.from(`${user} ${url.searchParams.get('scope')}`).toString('base64url');
      response.end(JSON.stringify({ access_token: token, expires_in: 300 }));
      return;
    }
    const bearer = Buffer.from((request.headers.authorization ?? '').slice('Bearer '.length), 'base64url').toString();
    const wants = request.method === 'PUT' ? 'pull,push' : 'pull';
    if (bearer.includes(wants)) {
      if (request.method === 'PUT') response.writeHead(201).end();
      else image(request, response, url);
      return;
    }
    const problem = bearer === '' ? '' : ',error="insufficient_scope"';
    const challenge = `Bearer realm="http://${host}/token",service="tests, all",scope="repository:shop/api:${wants}"${problem}`;
    response.writeHead(bearer === '' ? 401 : 403, { 'www-authenticate': challenge }).end();
  };

  it('fetches one for what is done, once', async () => {
    handle = guarded;
    const repository = open(ANN);
    await repository.manifest('v1');
    await repository.manifest('v1');
    await repository.putManifest('v2', IMAGE, OCI_MANIFEST);
    await repository.putManifest('v3', IMAGE, OCI_MANIFEST);
    const tokens = asked.filter((line) => line.includes('/token'));
    expect(tokens).toEqual([
      `GET /token?scope=repository%3Ashop%2Fapi%3Apull&service=tests%2C+all Basic ${btoa('ann:pa:ss')}`,
      `GET /token?scope=repository%3Ashop%2Fapi%3Apull%2Cpush&service=tests%2C+all Basic ${btoa('ann:pa:ss')}`,
    ]);
  });

  it('fetches one for many requests at once', async () => {
    handle = guarded;
    const repository = open(ANN);
    await Promise.all(Array.from({ length: 8 }, () => repository.manifest('v1')));
    expect(asked.filter((line) => line.includes('/token')).length).toBe(1);
  });

  it('asks as anybody where nothing is known', async () => {
    handle = guarded;
    expect((await open().manifest('v1'))?.digest).toBe(DIGEST);
    expect(asked.filter((line) => line.includes('/token'))[0]).toMatch(/ -$/);
  });

  it('takes a new one when the old one was revoked, and gives up where that does not help', async () => {
    let good = 'Bearer 1';
    handle = (request, response, url) => {
      if (url.pathname === '/token') response.end(JSON.stringify({ token: good.slice('Bearer '.length) }));
      else if (request.headers.authorization === good) image(request, response, url);
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token"` }).end();
    };
    const repository = open();
    await repository.manifest('v1');
    good = 'Bearer 2';
    expect((await repository.manifest('v1'))?.digest).toBe(DIGEST);
    handle = (_, response, url) => {
      if (url.pathname === '/token') response.end(JSON.stringify({ token: 'never' }));
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token"` }).end();
    };
    await expect(repository.manifest('v1')).rejects.toThrow(/does not let us read from it \(401\): log in/);
  });

  it('sends no credentials without TLS to where a registry points', async () => {
    handle = (_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.invalid/get"' }).end();
    await expect(open(ANN).manifest('v1')).rejects.toThrow(/sent to http:\/\/tokens\.invalid without TLS/);
  });

  it('answers Basic with Basic', async () => {
    handle = (request, response, url) => {
      if (request.headers.authorization === `Basic ${btoa('ann:pa:ss')}`) image(request, response, url);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    };
    expect((await open(ANN).manifest('v1'))?.digest).toBe(DIGEST);
    await expect(open().manifest('v1')).rejects.toThrow(/does not let us read/);
  });

  it('never says what the credentials are', async () => {
    handle = (_, response, url) => {
      if (url.pathname === '/token') response.writeHead(400).end('ann pa:ss');
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token?secret=1"` }).end();
    };
    const error = await open(ANN)
      .manifest('v1')
      .catch((thrown: unknown) => String(thrown));
    expect(error).toMatch(/answered 400: it does not take our credentials/);
    expect(error).not.toMatch(/ann|pa:ss|secret/);
  });

  it('reads challenges as they come', () => {
    expect(parseChallenges('Basic realm="a, \\"b\\"", Bearer realm=x,Service="y"')).toEqual([
      { scheme: 'basic', parameters: { realm: 'a, "b"' } },
      { scheme: 'bearer', parameters: { realm: 'x', service: 'y' } },
    ]);
    expect(parseChallenges('')).toEqual([]);
    expect(parseChallenges('===')).toEqual([]);
  });
});

describe('lies', () => {
  it('takes no other manifest for a digest, nor for what the registry says of it', async () => {
    handle = image;
    const other = sha256Of(Buffer.from('other'));
    await expect(open().manifest(other)).rejects.toThrow(/is another manifest .*: do not trust it/);
    handle = (_, response) =>
      response.writeHead(200, { 'content-type': OCI_MANIFEST, 'docker-content-digest': other }).end(IMAGE);
    await expect(open().manifest('v1')).rejects.toThrow(/is another manifest/);
    handle = (_, response) => response.writeHead(200).end('abd');
    await expect(open().blob(BLOB, 100)).rejects.toThrow(/are other bytes/);
    handle = (_, response) => response.writeHead(200).end('abcd');
    await expect(open().blob(BLOB, 100)).rejects.toThrow(/are other bytes/);
  });

  it('follows lists within the registry only, and not for ever', async () => {
    const page = (link: string): Handler => {
      return (_, response) => response.writeHead(200, { link: `<${link}>; rel="next"` }).end('{"tags":["a"]}');
    };
    handle = page('/v2/shop/api/tags/list?n=1000');
    await expect(open().tags()).rejects.toThrow(/does not end/);
    let n = 0;
    handle = (request, response, url) => page(`/v2/shop/api/tags/list?last=${n++}`)(request, response, url);
    await expect(open().tags()).rejects.toThrow(/does not end/);
    handle = page('http://169.254.0.1/latest');
    await expect(open().tags()).rejects.toThrow(/goes on elsewhere/);
  });

  it('reads referrers over pages', async () => {
    handle = (_, response, url) => {
      if (url.pathname.includes('/manifests/')) {
        response.writeHead(404).end();
        return;
      }
      const second = url.searchParams.has('page');
      const manifests = [{ ...BLOB, artifactType: second ? 'b' : 'a' }];
      const link = second ? {} : { link: `<${url.pathname}?page=2>; rel="next"` };
      response
        .writeHead(200, { 'content-type': OCI_INDEX, ...link })
        .end(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
    };
    const { api } = await open().referrers(DIGEST);
    expect([api.from, api.descriptors.map(({ artifactType }) => artifactType)]).toEqual(['api', ['a', 'b']]);
  });

  it('does not take a failing registry for one without referrers', async () => {
    handle = (_, response, url) => response.writeHead(url.pathname.includes('/referrers/') ? 500 : 404).end();
    await expect(open().referrers(DIGEST)).rejects.toThrow(/listing what refers to .* answered 500/);
  });

  it('says what a registry says, and nothing of what it makes up', async () => {
    handle = (_, response) =>
      response.writeHead(418).end(JSON.stringify({ errors: [{ code: 'TOO\nMANY', message: '\u001b[31mred' }] }));
    await expect(open().manifest('v1')).rejects.toThrow(/^reading .*:v1 failed: the registry answered 418$/);
  });
});
