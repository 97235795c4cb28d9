/** Pods from a real HTTPS server that speaks the API's list and watch, with what an API server does to its clients. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesSource } from './kubernetes.ts';
import { type Pod, targetOfPod } from './pod.ts';
import { afterTest, started, TEMPLATE } from './testing.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-k8s-'));
const caFile = join(dir, 'cert.pem');
afterAll(() => rmSync(dir, { recursive: true }));

beforeAll(() => {
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext';
  const files = ['subjectAltName=IP:127.0.0.1', '-keyout', join(dir, 'key.pem'), '-out', caFile];
  const made = spawnSync('openssl', [...words.split(' '), ...files], { encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
});

function pod(
  name: string,
  changes: {
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    phase?: string;
    ip?: string;
    version?: string;
  } = {},
) {
  const { annotations = { 'hemostat.io/scrape': 'true', 'hemostat.io/port': '6060' }, labels = { app: 'orders' } } =
    changes;
  return {
    metadata: { name, namespace: 'shop', resourceVersion: changes.version ?? '7', labels, annotations },
    spec: {
      nodeName: 'n1',
      containers: [
        {
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'pp', containerPort: 6061 },
          ],
        },
      ],
    },
    status: { phase: changes.phase ?? 'Running', podIP: changes.ip ?? '10.1.1.1' },
  };
}

/** The API server: a test sets what lists answer, and writes into the watches. */
class Api {
  readonly tokenFile = join(dir, `token-${Math.random().toString(36).slice(2)}`);
  url = '';
  token = 'first';
  /** Pages of the list. */
  pages: object[][] = [[]];
  version = '100';
  /** Answers the next requests instead: status, one each. */
  readonly failures: number[] = [];
  readonly asked: string[] = [];
  readonly watches: http.ServerResponse[] = [];

  async start(): Promise<this> {
    writeFileSync(this.tokenFile, `${this.token}\n`);
    const identity = { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(caFile) };
    const server = https.createServer(identity, (request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterTest(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    this.url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    return this;
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? '', 'https://h');
    const query = url.searchParams;
    const what = query.has('watch') ? 'watch' : 'list';
    this.asked.push(`${what} ${url.pathname}${what === 'watch' ? ` from ${query.get('resourceVersion')}` : ''}`);
    if (request.headers.authorization !== `Bearer ${this.token}`) return void response.writeHead(401).end();
    if (query.get('fieldSelector') !== 'status.phase=Running') return void response.writeHead(400).end();
    const failure = this.failures.shift();
    if (failure !== undefined) return void response.writeHead(failure).end('{"kind":"Status"}');
    response.setHeader('content-type', 'application/json');
    if (what === 'watch') {
      expect(query.get('allowWatchBookmarks')).toBe('true');
      response.flushHeaders();
      this.watches.push(response);
      return;
    }
    const page = Number(query.get('continue') ?? 0);
    const more = page + 1 < this.pages.length ? { continue: String(page + 1) } : {};
    response.end(JSON.stringify({ metadata: { resourceVersion: this.version, ...more }, items: this.pages[page] }));
  }

  /** The watch that is open now. */
  get watch(): http.ServerResponse {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new Error('nobody watches');
    return watch;
  }

  send(type: string, object: object): void {
    this.watch.write(`${JSON.stringify({ type, object })}\n`);
  }

  source(changes: Partial<Parameters<typeof kubernetesSource>[0]> = {}) {
    const { tokenFile, url } = this;
    return kubernetesSource(
      {
        kind: 'kubernetes',
        job: 'pods',
        apiServer: url,
        tokenFile,
        caFile,
        namespaces: [],
        labelSelector: '',
        prometheusAnnotations: false,
        template: { ...TEMPLATE, environment: '' },
        ...changes,
      },
      { backoffMs: 5, watchMs: 60_000 },
    );
  }
}

describe('a cluster', () => {
  it('is listed in pages and then watched; pods come, change and go', async () => {
    const api = await new Api().start();
    api.pages = [
      [pod('a'), pod('no', { annotations: {} })],
      [pod('b', { ip: 'fd00::1' }), { garbage: true }],
    ];
    const seen = started(api.source());
    await seen.eventually(() => expect(api.watches).toHaveLength(1));
    expect(seen.urls()).toEqual(['http://10.1.1.1:6060/', 'http://[fd00::1]:6060/']);
    expect(seen.sets[0]?.[0]?.info).toMatchObject({
      environment: 'shop',
      service: 'orders',
      instance: 'a',
      from: 'kubernetes shop/a',
      labels: { namespace: 'shop', pod: 'a' },
    });
    expect(api.asked).toEqual(['list /api/v1/pods', 'list /api/v1/pods', 'watch /api/v1/pods from 100']);
    const text = `${JSON.stringify({ type: 'ADDED', object: pod('c', { ip: '10.1.1.3' }) })}\n`;
    // A line comes in pieces.
    api.watch.write(text.slice(0, 50));
    await new Promise((resolve) => setTimeout(resolve, 20));
    api.watch.write(text.slice(50));
    await seen.eventually(() => expect(seen.urls()).toHaveLength(3));
    api.send('MODIFIED', pod('c', { ip: '10.1.1.3', phase: 'Succeeded' }));
    await seen.eventually(() => expect(seen.urls()).toHaveLength(2));
    api.send('DELETED', pod('a'));
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://[fd00::1]:6060/']));
    expect(seen.problems.filter((says) => says !== null)).toEqual([]);
  });

  it('goes on from the last version when a watch is over, also one that only a bookmark told', async () => {
    const api = await new Api().start();
    const seen = started(api.source());
    await seen.eventually(() => expect(api.watches).toHaveLength(1));
    api.send('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '205' } });
    api.watch.end();
    await seen.eventually(() => expect(api.watches).toHaveLength(2));
    api.send('ADDED', pod('a', { version: '300' }));
    await seen.eventually(() => expect(seen.urls()).toHaveLength(1));
    api.watch.end();
    await seen.eventually(() => expect(api.watches).toHaveLength(3));
    expect(api.asked).toEqual([
      'list /api/v1/pods',
      'watch /api/v1/pods from 100',
      'watch /api/v1/pods from 205',
      'watch /api/v1/pods from 300',
    ]);
    expect(seen.urls()).toHaveLength(1);
  });

  it('is listed again when the version is too old, by status and by event', async () => {
    const api = await new Api().start();
    api.pages = [[pod('a')]];
    const seen = started(api.source());
    await seen.eventually(() => expect(api.watches).toHaveLength(1));
    api.pages = [[pod('b', { ip: '10.1.1.2' })]];
    api.version = '200';
    // An API server leaves the connection open after it.
    api.send('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' });
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://10.1.1.2:6060/']));
    await seen.eventually(() => expect(api.watches).toHaveLength(2));
    api.pages = [[]];
    api.failures.push(410);
    api.watch.end();
    await seen.eventually(() => expect(seen.urls()).toEqual([]));
    await seen.eventually(() => expect(api.asked.at(-1)).toBe('watch /api/v1/pods from 200'));
    expect(api.asked.filter((what) => what.startsWith('list'))).toHaveLength(3);
    expect(seen.problems.filter((says) => says !== null)).toEqual([]);
  });

  it('says what went wrong, keeps its targets and comes back', async () => {
    const api = await new Api().start();
    api.pages = [[pod('a')]];
    const seen = started(api.source());
    let failed = 0;
    for (const [fail, says] of [
      [() => api.watch.write('no json at all\n'), /sends something that is not JSON; is this the API server\?/],
      [() => api.watch.write('{"a":1}\n'), /sends a line that is no watch event/],
      [() => api.send('ERROR', { code: 500, message: 'etcd is away' }), /ends the watch: etcd is away/],
      [() => api.watch.destroy(), /closed the connection/],
      [() => api.watch.write('x'.repeat((8 << 20) + 1)), /sends a line of more than 8 MiB/],
    ] as const) {
      await seen.eventually(() => expect(api.watches).toHaveLength(failed + 1));
      fail();
      failed++;
      await seen.eventually(() => expect(seen.problems.findLast((text) => text !== null)).toMatch(says));
      await seen.eventually(() => expect(seen.problems.at(-1)).toBeNull());
    }
    expect(seen.sets).toHaveLength(1);
    expect(seen.urls()).toHaveLength(1);
  });

  it('takes a token that was rotated, and says what a token may not', async () => {
    const api = await new Api().start();
    api.pages = [[pod('a')]];
    const seen = started(api.source());
    await seen.eventually(() => expect(api.watches).toHaveLength(1));
    api.token = 'second';
    api.watch.end();
    await seen.eventually(() =>
      expect(seen.problems.at(-1)).toMatch(/does not accept the service account's token \(401\)/),
    );
    writeFileSync(api.tokenFile, 'second');
    await seen.eventually(() => expect(api.watches).toHaveLength(2));
    await seen.eventually(() => expect(seen.problems.at(-1)).toBeNull());
    api.failures.push(403);
    api.watch.destroy();
    await seen.eventually(() =>
      expect(seen.problems).toContainEqual(expect.stringMatching(/\(403\): give it a role with/)),
    );
    expect(seen.problems.join('\n')).not.toMatch(/first|second/);
  });

  it('is asked by namespace, each in its own watch, and set when all of them are known', async () => {
    const api = await new Api().start();
    api.pages = [[pod('a')]];
    const seen = started(api.source({ namespaces: ['shop', 'a b'], labelSelector: 'tier=x' }));
    await seen.eventually(() => expect(api.watches).toHaveLength(2));
    expect(api.asked.filter((what) => what.startsWith('list')).sort()).toEqual([
      'list /api/v1/namespaces/a%20b/pods',
      'list /api/v1/namespaces/shop/pods',
    ]);
    expect(seen.sets).toHaveLength(1);
  });

  it('that cannot be reached, trusted or named is a problem', async () => {
    const api = await new Api().start();
    const problemOf = async (changes: Parameters<Api['source']>[0]) => {
      const seen = started(api.source(changes));
      await seen.eventually(() => expect(seen.problems.length).toBeGreaterThan(0));
      await seen.stop();
      return seen.problems[0];
    };
    expect(await problemOf({ caFile: null })).toMatch(/certificate .* is not trusted/);
    expect(await problemOf({ caFile: '/nowhere/ca' })).toBe('the authority file /nowhere/ca cannot be read (ENOENT)');
    expect(await problemOf({ tokenFile: '/nowhere/token' })).toMatch(/the token file .* cannot be read/);
    const alone = kubernetesSource({ ...kubernetesConfig(api), apiServer: null }, { env: {}, backoffMs: 5 });
    const seen = started(alone);
    await seen.eventually(() =>
      expect(seen.problems[0]).toMatch(/this is no pod \(KUBERNETES_SERVICE_HOST is not set\)/),
    );
  });
});

function kubernetesConfig(api: Api): Parameters<typeof kubernetesSource>[0] {
  return {
    kind: 'kubernetes',
    job: 'pods',
    apiServer: api.url,
    tokenFile: api.tokenFile,
    caFile,
    namespaces: [],
    labelSelector: '',
    prometheusAnnotations: false,
    template: TEMPLATE,
  };
}

describe('a pod', () => {
  const ours = (more: Record<string, string> = {}): Pod =>
    pod('p', { annotations: { 'hemostat.io/scrape': 'true', ...more } });

  it.each([
    [{ 'hemostat.io/port': 'pp' }, '10.1.1.1:6061'],
    [{ 'hemostat.io/port': '1' }, '10.1.1.1:1'],
    [{ 'hemostat.io/port': 'none' }, /has no port "none"/],
    [{ 'hemostat.io/port': '70000' }, /has no port "70000"/],
    [{}, /pod shop\/p has no port: add the annotation hemostat\.io\/port/],
    [{ 'hemostat.io/port': '1', 'hemostat.io/path': '@evil.example' }, /wrong path annotation: it must begin with \//],
    [{ 'hemostat.io/port': '1', 'hemostat.io/scheme': 'file' }, /it must be http or https/],
  ])('with %j', (annotations, wanted) => {
    const found = targetOfPod(ours(annotations), false);
    if (typeof wanted === 'string') expect(found).toMatchObject({ address: wanted });
    else expect(found).toMatch(wanted);
  });

  it('says its paths', () => {
    const found = targetOfPod(
      ours({
        'hemostat.io/port': '1',
        'hemostat.io/path': '/d/pprof/',
        'hemostat.io/metrics-path': '/m',
        'hemostat.io/scheme': 'https',
      }),
      false,
    );
    expect(found).toMatchObject({
      labels: {
        __pprof_path__: '/d/pprof/',
        __metrics_path__: '/m',
        __scheme__: 'https',
        __meta_kubernetes_pod_label_app: 'orders',
      },
    });
  });

  it('counts by the usual annotations only where that is wanted, and never where it says no to us', () => {
    const usual = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', 'prometheus.io/path': '/m' };
    expect(targetOfPod(pod('p', { annotations: usual }), false)).toBeNull();
    expect(targetOfPod(pod('p', { annotations: usual }), true)).toMatchObject({
      address: '10.1.1.1:8080',
      labels: { __metrics_path__: '/m' },
    });
    expect(targetOfPod(pod('p', { annotations: { ...usual, 'hemostat.io/scrape': 'false' } }), true)).toBeNull();
  });

  it('that is not running, has no address or is about to end is none', () => {
    expect(targetOfPod({ ...ours(), status: { phase: 'Pending' } }, false)).toBeNull();
    expect(targetOfPod({ ...ours(), status: { phase: 'Running', podIP: 'h@x' } }, false)).toBeNull();
    const ending = ours({ 'hemostat.io/port': '1' });
    expect(targetOfPod({ ...ending, metadata: { ...ending.metadata, deletionTimestamp: 'now' } }, false)).toBeNull();
  });
});
