/** Targets from files and URLs, and all of them together; the load by PromQL. Against real files and servers. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../collect/address.ts';
import type { LoadQuery } from '../config/config.ts';
import { fileSource } from './file-sd.ts';
import { parseGroups } from './groups.ts';
import { httpSource } from './http-sd.ts';
import { queryLoad } from './load.ts';
import { checkQuery, fillQuery } from './promql.ts';
import { runSources } from './sources.ts';
import { staticSource } from './static.ts';
import { discovered } from './target.ts';
import { HTTP, serve, started, TEMPLATE } from './testing.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-sd-'));
afterAll(() => rmSync(dir, { recursive: true }));

function groups(...targets: string[]): string {
  return JSON.stringify([{ targets, labels: { service: 's' } }]);
}

describe('file_sd', () => {
  const fresh = (name: string) => {
    const path = join(dir, name);
    mkdirSync(path);
    return path;
  };
  const source = (...files: string[]) =>
    fileSource({ kind: 'file_sd', job: 'j', files, everyMs: 50, template: TEMPLATE });

  it('follows files as they come, change and go, and keeps the last set of one that is half written', async () => {
    const at = fresh('life');
    writeFileSync(join(at, 'a.json'), groups('a:1'));
    const seen = started(source(join(at, '*.json'), join(at, 'b.yml')));
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://a:1/']));
    await seen.eventually(() => expect(seen.problems.at(-1)).toMatch(/b\.yml does not exist/));
    writeFileSync(join(at, 'b.yml'), '- targets: [b:1, b:2]\n  labels: { service: t }\n');
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://a:1/', 'http://b:1/', 'http://b:2/']));
    await seen.eventually(() => expect(seen.problems.at(-1)).toBeNull());
    writeFileSync(join(at, 'a.json'), groups('a:1', 'a:2').slice(0, -9));
    await seen.eventually(() =>
      expect(seen.problems.at(-1)).toMatch(/a\.json is not JSON, or only half of it; its last targets stay$/),
    );
    expect(seen.urls()).toHaveLength(3);
    writeFileSync(join(at, 'tmp'), groups('a:9'));
    renameSync(join(at, 'tmp'), join(at, 'a.json'));
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://a:9/', 'http://b:1/', 'http://b:2/']));
    expect(seen.sets.at(-1)?.map(({ info }) => info.service)).toEqual(['s', 't', 't']);
    rmSync(join(at, 'a.json'));
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://b:1/', 'http://b:2/']));
  });

  it('is told at once by the file system, however long the interval', async () => {
    const at = fresh('told');
    const seen = started(
      fileSource({ kind: 'file_sd', job: 'j', files: [join(at, '*.json')], everyMs: 3_600_000, template: TEMPLATE }),
    );
    await seen.eventually(() => expect(seen.problems).toEqual([`no file matches ${join(at, '*.json')}`]));
    expect(seen.sets).toHaveLength(1);
    writeFileSync(join(at, 'x.json'), groups('x:1'));
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://x:1/']));
  });

  it.each([
    ['{}', /is no list of \{ targets, labels \}/],
    ['[{"targets":[1]}]', /is no list .*at 0\.targets\.0/],
    ['', /is empty, perhaps being written/],
  ])('refuses %j', async (text, says) => {
    const path = join(dir, 'wrong.json');
    writeFileSync(path, text);
    const seen = started(source(path));
    await seen.eventually(() => expect(seen.problems.at(-1)).toMatch(says));
  });

  it('leaves a wrong address out and says so', () => {
    const text = JSON.stringify([{ targets: ['ok:1', 'a b', 'http://[::1'] }]);
    const { targets, wrong } = parseGroups(text, 'json', 'f', TEMPLATE);
    expect(targets.map(({ info }) => info.url)).toEqual(['http://ok:1/']);
    expect(wrong).toMatch(/has an address that is left out: "http:\/\/a b" is not a URL.* \(and 1 more\)$/);
  });

  it('does not open a bomb of aliases', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`);
    expect(() => parseGroups(`a0: &a0 [x]\n${lines.join('\n')}\n`, 'yaml', 'f', TEMPLATE)).toThrow(/too often/);
  });
});

describe('http_sd', () => {
  const source = (url: string, headers: readonly (readonly [string, string])[] = []) =>
    httpSource({
      kind: 'http_sd',
      job: 'j',
      address: parseAddress(url),
      http: { ...HTTP, headers },
      everyMs: 30,
      template: TEMPLATE,
    });

  it('asks again and again, and keeps the last set while the answer is none', async () => {
    let answer: { status: number; type: string; body: string; location?: string } = {
      status: 200,
      type: 'application/json; charset=utf-8',
      body: groups('a:1'),
    };
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      asked.push(
        `${request.url} ${request.headers['x-key']} ${request.headers['x-prometheus-refresh-interval-seconds']}`,
      );
      const { status, type, body, location } = answer;
      response.writeHead(status, { 'content-type': type, ...(location === undefined ? {} : { location }) }).end(body);
    });
    const seen = started(source(`${url}/sd?secret=1`, [['x-key', 'k']]));
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://a:1/']));
    expect(asked[0]).toBe('/sd?secret=1 k 0.03');
    expect(seen.sets[0]?.[0]?.info.from).toBe(`http_sd ${url}/sd`);
    for (const [next, says] of [
      [
        { status: 200, type: 'application/json', body: '[{"tar' },
        /is not JSON, or only half of it; the last targets stay/,
      ],
      [
        { status: 200, type: 'text/html', body: groups('b:1') },
        /answers with text\/html and not with application\/json/,
      ],
      [{ status: 503, type: 'text/plain', body: 'later' }, /answers 503/],
      [{ status: 302, type: '', body: '', location: 'http://169.254.169.254/x' }, /redirects to .*not followed/],
    ] as const) {
      answer = next;
      await seen.eventually(() => expect(seen.problems.at(-1)).toMatch(says));
    }
    expect(seen.sets).toHaveLength(1);
    expect(seen.problems.join('\n')).not.toContain('secret');
    answer = { status: 200, type: 'application/json', body: groups('a:1', 'b:1') };
    await seen.eventually(() => expect(seen.urls()).toEqual(['http://a:1/', 'http://b:1/']));
    await seen.eventually(() => expect(seen.problems.at(-1)).toBeNull());
    await seen.stop();
  });

  it('ends at once when it is told to, also with a request under way', async () => {
    let asked = 0;
    const url = await serve(() => {
      asked++;
    });
    const seen = started(source(url));
    await seen.eventually(() => expect(asked).toBe(1));
    const began = performance.now();
    await seen.stop();
    expect(performance.now() - began).toBeLessThan(HTTP.timeoutMs);
    expect(seen.problems).toEqual([]);
  });
});

describe('targets', () => {
  it('get their names from labels, and keep labels of discovery for themselves', () => {
    const template = {
      ...TEMPLATE,
      serviceLabel: '__meta_app',
      labels: { region: 'eu' },
      path: '/pp/',
      scheme: 'https',
    } as const;
    const labels = { __meta_app: 'orders', environment: 'prod', instance: 'i-1', team: 'x', __metrics_path__: '/m' };
    const { info, address, metricsPath } = discovered('h:1', labels, 'f', template);
    expect(info).toMatchObject({ environment: 'prod', service: 'orders', instance: 'i-1', url: 'https://h:1/pp/' });
    expect(info.labels).toEqual({ region: 'eu', environment: 'prod', instance: 'i-1', team: 'x' });
    expect([address.origin, address.path, metricsPath]).toEqual(['https://h:1', '/pp/', '/m']);
  });

  it('have ids that depend on environment, service and address only', () => {
    const id = (text: string, labels = {}) => discovered(text, labels, 'f', TEMPLATE).info.id;
    expect(id('h:1')).toBe(id('http://h:1/debug/pprof/', { team: 'y' }));
    const others = [id('h:1'), id('h:2'), id('h:1/app'), id('h:1', { service: 'x' }), id('h:1', { environment: 'x' })];
    expect(new Set(others).size).toBe(5);
    expect(id('h:1?token=x')).toBe(id('h:1'));
  });

  it('of all sources are one set, each address once, the first source going first', async () => {
    const one = (text: string, from: string) => discovered(text, {}, from, TEMPLATE);
    const sets: string[][] = [];
    const problems: [string, string | null][] = [];
    await runSources(
      [
        staticSource([one('a:1', 'first'), one('b:1', 'first')]),
        {
          name: 'other',
          run: async (set, problem) => {
            problem('cannot');
            set([one('http://a:1/debug/pprof', 'second'), one('c:1', 'second')]);
          },
        },
      ],
      (targets) => sets.push(targets.map(({ info }) => `${info.from} ${info.instance}`)),
      (...problem) => problems.push(problem),
      new AbortController().signal,
    );
    expect(sets.at(-1)).toEqual(['first a:1', 'first b:1', 'second c:1']);
    expect(problems).toEqual([['other', 'cannot']]);
  });
});

describe('the load by PromQL', () => {
  const target = discovered('10.0.0.7:6060', { service: 'or"ders\\', zone: 'a\nb' }, 'f', TEMPLATE).info;
  const names = (name: string) => ({ instance: 'h:1', service: 'a"b\\c', tick: '`' })[name] ?? '';

  it.each([
    ['up{i={{instance}}}', 'up{i="h:1"}'],
    ['up{s={{ service }}}', 'up{s="a\\"b\\\\c"}'],
    ['up{s="x-{{service}}"}', 'up{s="x-a\\"b\\\\c"}'],
    ["up{s='{{service}}'}", "up{s='a\"b\\\\c'}"],
    ['up{s="\\"{{service}}"}', 'up{s="\\"a\\"b\\\\c"}'],
    ['up{s=`{{instance}}`}', 'up{s=`h:1`}'],
    ['up{s={{nothing}}}', 'up{s=""}'],
    ['up{s=`{{tick}}`}', null],
  ])('fills %s', (query, filled) => {
    expect(checkQuery(query)).toBeNull();
    expect(fillQuery(query, names)).toBe(filled);
  });

  it('says what is wrong with a query', () => {
    expect(checkQuery('up{i={{1}}}')).toMatch(/has a placeholder that is none/);
    expect(checkQuery('up{i="x}')).toMatch(/has a " that is not closed/);
  });

  it('asks Prometheus and takes the sum of many series, which is told once', async () => {
    let data: unknown;
    let asked = new URLSearchParams();
    let path = '';
    const url = await serve((request, response) => {
      const got = new URL(request.url ?? '', 'http://h');
      asked = got.searchParams;
      path = got.pathname;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(data));
    });
    const load: LoadQuery = {
      prometheus: {
        address: parseAddress(`${url}/prom/`),
        http: HTTP,
        query: 'rate(x{i={{instance}},s={{service}},z="{{zone}}"}[1m])',
      },
      metric: null,
    };
    const notes: string[] = [];
    const ask = () => queryLoad(load, target, 1_700_000_000_500, (sentence) => notes.push(sentence));
    const vector = (...values: string[]) => ({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    });
    data = vector('2.5');
    expect(await ask()).toBe(2.5);
    expect(path).toBe('/prom/api/v1/query');
    expect(asked.get('query')).toBe('rate(x{i="10.0.0.7:6060",s="or\\"ders\\\\",z="a\\nb"}[1m])');
    expect(asked.get('time')).toBe('1700000000.500');
    expect(notes).toEqual([]);
    data = vector('1', '2', 'NaN');
    expect([await ask(), await ask()]).toEqual([3, 3]);
    expect(notes).toEqual([expect.stringMatching(/gives 3 series for 10\.0\.0\.7:6060: their sum is taken/)]);
    data = { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } };
    expect(await ask()).toBe(7);
    data = vector();
    expect(await ask()).toBeNull();
    data = { status: 'success', data: { resultType: 'matrix', result: [] } };
    await expect(ask()).rejects.toThrow(/gives a matrix, and must give a number/);
    data = '<html>';
    await expect(ask()).rejects.toThrow(/is it a Prometheus server\?/);
    expect(await queryLoad({ prometheus: null, metric: 'x' }, target, 0)).toBeNull();
  });
});
