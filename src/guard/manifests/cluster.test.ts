import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GuardContext } from '../part.ts';
import { readCluster } from './cluster.ts';
import { clusterAccess } from './kubeconfig.ts';

let folder = '';
let server: Server;
let port = 0;
let cert = '';
/** What the server was asked: `path?query accept authorization`. */
let asked: { url: string; accept: string; authorization: string }[] = [];
let forbidden = new Set<string>();
let expireOnce = false;
let pods = 1201;

const GROUPS: Record<string, object[]> = {
  '/api/v1': [
    { name: 'pods', kind: 'Pod', verbs: ['list', 'get'] },
    { name: 'pods/log', kind: 'Pod', verbs: ['get'] },
    { name: 'secrets', kind: 'Secret', verbs: ['list'] },
    { name: 'events', kind: 'Event', verbs: ['list'] },
  ],
  '/apis/apps/v1': [{ name: 'deployments', kind: 'Deployment', verbs: ['list'] }],
  '/apis/rbac.authorization.k8s.io/v1': [{ name: 'clusterroles', kind: 'ClusterRole', verbs: ['list'] }],
  '/apis/networking.k8s.io/v1': [{ name: 'networkpolicies', kind: 'NetworkPolicy', verbs: ['list'] }],
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hemostat-cluster-'));
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1';
  const made = spawnSync(
    'openssl',
    [...words.split(' '), '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    { encoding: 'utf8' },
  );
  expect(made.status, made.stderr).toBe(0);
  cert = readFileSync(join(folder, 'cert.pem'), 'utf8');
  server = createServer({ cert, key: readFileSync(join(folder, 'key.pem')) }, (request, response) => {
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  forbidden = new Set();
  expireOnce = false;
  pods = 1201;
});

function answer({ url = '', headers }: IncomingMessage): { status: number; body: object } {
  const { pathname, searchParams } = new URL(url, 'https://x');
  asked.push({ url, accept: headers.accept ?? '', authorization: headers.authorization ?? '' });
  if (headers.authorization !== 'Bearer sesame') return { status: 401, body: { kind: 'Status' } };
  if (forbidden.has(pathname)) return { status: 403, body: { kind: 'Status', message: 'forbidden' } };
  if (pathname === '/api') return { status: 200, body: { kind: 'APIVersions', versions: ['v1'] } };
  if (pathname === '/apis') {
    const groups = Object.keys(GROUPS)
      .filter((path) => path.startsWith('/apis/'))
      .map((path) => ({ preferredVersion: { groupVersion: path.slice('/apis/'.length) } }));
    return { status: 200, body: { kind: 'APIGroupList', groups } };
  }
  const resources = GROUPS[pathname];
  if (resources !== undefined) return { status: 200, body: { kind: 'APIResourceList', resources } };
  const all = itemsOf(pathname);
  const from = Number(searchParams.get('continue') ?? 0);
  if (from > 0 && expireOnce) {
    expireOnce = false;
    return { status: 410, body: { kind: 'Status', reason: 'Expired' } };
  }
  const end = from + Number(searchParams.get('limit'));
  return {
    status: 200,
    // As the API server writes an empty list of metadata.
    body: {
      kind: 'AnyList',
      metadata: end < all.length ? { continue: String(end) } : {},
      items: all.length === 0 ? null : all.slice(from, end),
    },
  };
}

function itemsOf(path: string): object[] {
  if (path.endsWith('/pods'))
    return Array.from({ length: pods }, (_, i) => ({
      metadata: { name: `p${i}`, namespace: 'shop', managedFields: [{}] },
      spec: { containers: [] },
    }));
  if (path.endsWith('/secrets')) {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}',
      kept: 'yes',
    };
    // A server that does not heed what it was asked for.
    return [{ metadata: { name: 's', namespace: 'shop', annotations }, data: { password: 'aHVudGVyMg==' } }];
  }
  return path.endsWith('/clusterroles') ? [{ metadata: { name: 'admin' }, rules: [] }] : [];
}

function kubeconfig(change: (text: string) => string = (text) => text, user = 'token: sesame'): string {
  const file = join(folder, 'config.yaml');
  const ca = Buffer.from(cert).toString('base64');
  const text = `apiVersion: v1
kind: Config
current-context: lab
contexts: [{name: lab, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:${port}", certificate-authority-data: ${ca}}}]
users: [{name: u, user: {${user}}}]
`;
  writeFileSync(file, change(text));
  return file;
}

const unused = { send: () => Promise.reject(new Error('not this one')), close: () => undefined };
const context: GuardContext = {
  http: unused,
  cwd: tmpdir(),
  cacheDir: '',
  now: () => new Date(0),
  offline: false,
  progress: () => undefined,
  env: { PATH: process.env.PATH },
};
const read = (file: string, insecure = false) =>
  readCluster({ kubeconfig: file, 'insecure-skip-tls-verify': insecure }, context);

describe('a live cluster', () => {
  it('is read in pages, without the data of Secrets', async () => {
    const { manifests, subject } = await read(kubeconfig());
    expect(subject).toBe(`https://127.0.0.1:${port}`);
    expect(manifests).toMatchObject({ complete: true, failures: [] });
    expect(manifests.objects.filter(({ kind }) => kind === 'Pod')).toHaveLength(1201);
    expect(asked.filter(({ url }) => url.startsWith('/api/v1/pods?'))).toHaveLength(3);
    expect(asked.find(({ url }) => url.startsWith('/api/v1/secrets'))?.accept).toBe(
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    );
    const secret = manifests.objects.find(({ kind }) => kind === 'Secret');
    expect(secret?.value).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'shop', annotations: { kept: 'yes' } },
    });
    expect(manifests.objects.find(({ kind }) => kind === 'ClusterRole')).toMatchObject({
      namespace: '',
      name: 'admin',
      apiVersion: 'rbac.authorization.k8s.io/v1',
    });
    expect(asked.some(({ url }) => url.includes('events'))).toBe(false);
    expect(JSON.stringify(manifests)).not.toMatch(/aHVudGVyMg|sesame|managedFields/);
  });

  it('begins a list anew when its pages expire', async () => {
    expireOnce = true;
    const { manifests } = await read(kubeconfig());
    expect(manifests.objects.filter(({ kind }) => kind === 'Pod').map(({ name }) => name)).toEqual(
      Array.from({ length: 1201 }, (_, i) => `p${i}`),
    );
  });

  it('is not complete where something may not be listed', async () => {
    forbidden.add('/apis/rbac.authorization.k8s.io/v1/clusterroles');
    expect((await read(kubeconfig())).manifests).toMatchObject({
      complete: false,
      failures: ['rbac.authorization.k8s.io/clusterroles may not be listed by this user: grant list on it.'],
    });
    forbidden.add('/api/v1/pods');
    expect((await read(kubeconfig())).manifests.failures).toEqual([
      'pods, rbac.authorization.k8s.io/clusterroles may not be listed by this user: grant list on them.',
    ]);
    forbidden = new Set(['/api/v1/secrets']);
    expect((await read(kubeconfig())).manifests).toMatchObject({
      complete: false,
      failures: [],
      notes: expect.arrayContaining([expect.stringContaining('secrets may not be listed')]),
    });
  });

  it('is refused where it cannot be trusted or does not know the user', async () => {
    await expect(read(kubeconfig(undefined, 'token: wrong'))).rejects.toThrow('does not know this user');
    const own = `token: wrong, client-certificate: ${join(folder, 'cert.pem')}, client-key: ${join(folder, 'key.pem')}`;
    await expect(read(kubeconfig(undefined, own))).rejects.toThrow(/renew the credentials\.$/);
    const later = { ...context, now: () => new Date(Date.now() + 30 * 86_400_000) };
    const settings = { kubeconfig: kubeconfig(undefined, own), 'insecure-skip-tls-verify': false };
    await expect(readCluster(settings, later)).rejects.toThrow(
      /renew the credentials; the client certificate of the kubeconfig ended on \d{4}-\d\d-\d\d\.$/,
    );
    await expect(read(kubeconfig((text) => text.replace(/, certificate-authority-data: [^}]+/, '')))).rejects.toThrow(
      'could not be asked',
    );
    const skips = kubeconfig((text) =>
      text.replace(/certificate-authority-data: [^}]+/, 'insecure-skip-tls-verify: true'),
    );
    await expect(read(skips)).rejects.toThrow("does not verify the server's certificate");
    expect((await read(skips, true)).manifests.notes[0]).toContain('was not verified');
    await expect(readCluster({ 'insecure-skip-tls-verify': false }, { ...context, offline: true })).rejects.toThrow(
      '--offline',
    );
  });
});

describe('kubeconfig', () => {
  const access = (file: string, name?: string) =>
    clusterAccess({ kubeconfig: file, context: name, insecure: false, cwd: folder, env: context.env });

  it('takes tokens from files and from plug-ins', async () => {
    writeFileSync(join(folder, 'token'), 'from-file\n');
    expect((await access(kubeconfig(undefined, 'tokenFile: token'))).options).toMatchObject({
      bearer: 'from-file',
      ca: cert,
    });
    const plugin = join(folder, 'plugin');
    writeFileSync(
      plugin,
      `#!/bin/sh\necho "{\\"status\\":{\\"token\\":\\"$ANSWER-$(echo "$KUBERNETES_EXEC_INFO" | grep -c ExecCredential)\\"}}"\n`,
    );
    chmodSync(plugin, 0o755);
    const user =
      'exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, env: [{name: ANSWER, value: plugged}]}';
    expect((await access(kubeconfig(undefined, user))).options.bearer).toBe('plugged-1');
    await expect(access(kubeconfig(undefined, 'exec: {command: no-such-plugin-here}'))).rejects.toThrow(
      'gave none (it is not there)',
    );
    await expect(access(kubeconfig(undefined, 'exec: {command: "true"}'))).rejects.toThrow(
      'answered without a credential',
    );
    writeFileSync(plugin, '#!/bin/sh\necho sesame-secret >&2; echo sesame-secret; exit 3\n');
    await expect(access(kubeconfig(undefined, user))).rejects.toThrow(/^(?!.*sesame).*exit code 3/);
  });

  it.each([
    [
      'a context that is not there',
      (text: string) => text.replace('current-context: lab', 'current-context: prod'),
      /no context "prod".*it has lab/,
    ],
    [
      'a cluster that is not there',
      (text: string) => text.replace('cluster: c,', 'cluster: d,'),
      /names the cluster "d"/,
    ],
    [
      'credentials in the address',
      (text: string) => text.replace('https://', 'https://u:hunter2@'),
      /^(?!.*hunter2).*holds credentials/,
    ],
    ['no TLS', (text: string) => text.replace('https://', 'http://'), /without TLS/],
    ['no YAML', (text: string) => `${text}users: [sesame\n`, /^(?!.*sesame).*config\.yaml:\d+ is no valid YAML/],
    [
      'a token with a line break',
      (text: string) => text.replace('token: sesame', 'token: "a\\r\\nX: y"'),
      /is no token/,
    ],
    ['an impersonation', (text: string) => text.replace('token: sesame', 'token: sesame, as: admin'), /impersonates/],
  ])('refuses %s', async (_, change, says) => {
    await expect(access(kubeconfig(change))).rejects.toThrow(says);
  });

  it('merges the files of $KUBECONFIG, the first wins', async () => {
    const first = kubeconfig();
    const second = join(folder, 'second.yaml');
    writeFileSync(second, 'current-context: other\nusers: [{name: u, user: {token: second}}]\n');
    const env = { KUBECONFIG: `${second}:${join(folder, 'nothing')}:${first}` };
    const found = await clusterAccess({ context: 'lab', insecure: false, cwd: folder, env });
    expect(found.options.bearer).toBe('second');
  });
});
