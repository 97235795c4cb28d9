/** Every mistake with its place, secrets from elsewhere, and the example that the documentation shows. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { WatchConfig, WatchTarget } from './config.ts';
import { describeConfig } from './describe.ts';
import { diffConfig } from './diff.ts';
import { jsonSchema } from './json-schema.ts';
import { ConfigError } from './mistakes.ts';
import { parseConfig, readConfig } from './read.ts';
import { durationMs, sizeBytes } from './units.ts';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');
const dir = mkdtempSync(join(tmpdir(), 'hemostat-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const ENV = { HOME: '/home/u', XDG_STATE_HOME: '/state' };

function read(text: string, env: NodeJS.ProcessEnv = ENV): WatchConfig {
  return parseConfig(text, join(dir, 'h.yaml'), env);
}

/** `LINE:COLUMN: sentence` of every mistake. */
function mistakes(text: string, env: NodeJS.ProcessEnv = ENV): string[] {
  try {
    read(text, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.mistakes.map(({ line, column, says }) => `${line}:${column}: ${says}`);
    throw error;
  }
  return [];
}

function file(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return name;
}

function targetsOf(config: WatchConfig): readonly WatchTarget[] {
  return config.discovery.flatMap((discovery) => (discovery.kind === 'static' ? discovery.targets : []));
}

function only(config: WatchConfig): WatchTarget {
  const [target] = targetsOf(config);
  if (target === undefined) throw new Error('no target');
  return target;
}

const JOB = 'jobs:\n  - name: a\n    static_configs: [{ targets: [h:1] }]\n';

describe('a file that is right', () => {
  it('gets what it does not say by default', () => {
    const config = read(JOB);
    expect(config).toMatchObject({
      dataDir: '/state/hemostat',
      listen: { host: '127.0.0.1', port: 7070 },
      token: null,
      labs: [],
      log: { level: 'info' },
    });
    expect(only(config)).toMatchObject({
      info: { environment: 'default', service: 'a', instance: 'h:1', url: 'http://h:1/', from: 'static', labels: {} },
      schedule: { metricsEveryMs: 15_000, profilesEveryMs: 300_000, warmUpMs: 300_000, goroutineLimit: 10_000 },
      load: { prometheus: null, metric: null },
    });
    expect(read(JOB, { HOME: '/home/u' }).dataDir).toMatch(/\/\.local\/state\/hemostat$/);
  });

  it('lets a job say what the global section says otherwise, key by key', () => {
    const config = read(`global:
  environment: prod
  labels: { region: eu, tier: x }
  schedule: { profiles_every: 10m, metrics_every: 30s }
  budget: { captures_per_hour: 99 }
jobs:
  - name: a
    environment: stage
    labels: { tier: back }
    schedule: { profiles_every: 1m }
    static_configs:
      - targets: ['h:1', 'http://h:1', 'https://h:2/app/debug/pprof/', 'unix:/run/a.sock']
        labels: { instance: one, environment: canary }
`);
    expect(targetsOf(config).map(({ info }) => [info.environment, info.instance, info.url])).toEqual([
      ['canary', 'one', 'http://h:1/'],
      ['canary', 'one', 'https://h:2/app/debug/pprof/'],
      ['canary', 'one', 'unix:/run/a.sock:/'],
    ]);
    const { info, schedule } = only(config);
    expect(info.labels).toMatchObject({ region: 'eu', tier: 'back' });
    expect(schedule).toMatchObject({ profilesEveryMs: 60_000, metricsEveryMs: 30_000, budget: { captures: 99 } });
    expect(new Set(targetsOf(config).map((target) => target.info.id)).size).toBe(3);
    expect(info.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('reads secrets from files and the environment, relative to the file', () => {
    file('token', 'tok\n');
    file('password', 'pass word\n');
    file('headers', '# ours\nX-Scope-OrgID: 7\n\nCookie: a=b\n');
    file('slack', 'https://hooks.example.com/T/B/xyz\n');
    const config = read(
      `token_file: token
listen: '[::]:7070'
jobs:
  - name: a
    basic_auth: { username: me, password_file: password }
    headers_file: headers
    static_configs: [{ targets: [h:1] }]
  - name: b
    bearer_token: \${TOKEN}
    static_configs: [{ targets: [h:2] }]
alerts:
  receivers:
    - { name: s, slack: { api_url_file: slack } }
    - { name: m, alertmanager: { url: 'http://am:9093/' }, min_severity: high }
`,
      { ...ENV, TOKEN: 't2' },
    );
    expect(config.token).toBe('tok');
    const [a, b] = targetsOf(config);
    expect(a?.http).toMatchObject({
      user: { name: 'me', password: 'pass word' },
      headers: [
        ['X-Scope-OrgID', '7'],
        ['Cookie', 'a=b'],
      ],
    });
    expect(b?.http.bearer).toBe('t2');
    expect(config.alerts.receivers.map(({ kind, url }) => [kind, url])).toEqual([
      ['slack', 'https://hooks.example.com/T/B/xyz'],
      ['alertmanager', 'http://am:9093'],
    ]);
    expect(JSON.stringify(describeConfig(config))).not.toMatch(/tok"|pass word|xyz/);
  });

  it('keeps global credentials from everything but targets, and takes the job’s own instead of them', () => {
    file('token', 'tok');
    const config = read(`global: { bearer_token_file: token }
jobs:
  - name: a
    static_configs: [{ targets: [h:1] }]
    http_sd_configs: [{ url: 'http://sd/' }]
    load: { prometheus: { url: 'http://prom/', query: up } }
  - name: b
    basic_auth: { username: u, password_file: token }
    static_configs: [{ targets: [h:2] }]
`);
    const [a, b] = targetsOf(config);
    expect(a?.http.bearer).toBe('tok');
    expect(a?.load.prometheus?.http.bearer).toBeUndefined();
    expect(config.discovery.find(({ kind }) => kind === 'http_sd')).toMatchObject({ http: { headers: [] } });
    expect(
      config.discovery.find((found) => found.kind === 'http_sd' && found.http.bearer !== undefined),
    ).toBeUndefined();
    expect(b?.http).toMatchObject({ user: { name: 'u' } });
    expect(b?.http.bearer).toBeUndefined();
  });
});

describe('a file that is wrong', () => {
  it('is told all of its mistakes, in order', () => {
    expect(
      mistakes(`listen: 127.0.0.1:7070
jbos: []
jobs:
  - name: a
    scehdule: {}
    schedule: { metrics_every: 15, profiles_every: 5x }
    labels: { a-b: c }
    static_configs: h:1
  - static_configs: []
concurrency: 0
`),
    ).toEqual([
      '2:1: jbos is not known (did you mean jobs?)',
      '5:5: scehdule is not known in jobs[0] (did you mean schedule?)',
      '6:32: jobs[0].schedule.metrics_every must be a duration like 15s, 5m, 1h30m or 7d and not 15',
      '6:52: jobs[0].schedule.profiles_every must be a duration like 15s, 5m, 1h30m or 7d and not "5x"',
      '7:15: a-b in jobs[0].labels must be a label name of letters, digits and _',
      '8:21: jobs[0].static_configs must be a list and not "h:1"',
      '9:5: jobs[1].name is missing: it must be a text',
      '10:14: concurrency must be a whole number from 1 to 1000 and not 0',
    ]);
  });

  it('is told what it refers to that is not there or does not fit together', () => {
    file('empty', '\n');
    file('two-words', 'a b\n');
    file('bad-headers', 'fine: yes\nno header\n');
    const found = mistakes(`listen: 0.0.0.0:7070
jobs:
  - name: a
    bearer_token_file: nowhere
    basic_auth: { username: u }
    tls_config: { cert_file: empty, ca_file: empty }
    static_configs: [{ targets: ['a b'] }]
  - name: a
    bearer_token_file: two-words
    headers_file: bad-headers
    load: { metric: m, prometheus: { url: 'http://p', query: x } }
    schedule: { metrics_every: 10ms }
  - name: c
    bearer_token: \${NOT_SET}
    load: { prometheus: { url: 'http://p', query: 'up{i={{ 1 }}}' } }
    static_configs: []
alerts:
  receivers:
    - { name: x }
retention: { long: 1d }
`);
    const says = found.map((text) => text.replaceAll(dir, 'DIR'));
    for (const line of [
      '1:9: 0.0.0.0:7070 can be reached from other machines, so token_file must name a file with a token for the page',
      '4:24: jobs[0].bearer_token_file names DIR/nowhere, which is not there',
      '5:17: jobs[0].basic_auth cannot stand beside a bearer token: give one of them',
      '5:17: jobs[0].basic_auth has no password: name a file with it in password_file',
      '6:17: jobs[0].tls_config must have both cert_file and key_file, or none of them',
      '6:46: jobs[0].tls_config.ca_file names DIR/empty, which is not PEM; convert it with openssl',
      '8:5: jobs[1] has no targets: give it static_configs, file_sd_configs, http_sd_configs or kubernetes_sd_configs',
      '8:11: jobs[1].name is a, as of another job: names must differ',
      '9:24: jobs[1].bearer_token_file has a token with spaces or other characters that no header may hold',
      '10:19: jobs[1].headers_file names DIR/bad-headers, whose line 2 is no header; write it like Name: value',
      '11:11: jobs[1].load has both metric and prometheus: give it one of them',
      '12:32: jobs[1].schedule.metrics_every must be between 1s and 1d and not 10ms',
      '14:19: jobs[2].bearer_token names the environment variable NOT_SET, which is not set',
      '15:51: jobs[2].load.prometheus.query has a placeholder that is none ("{{ 1 }}}"): write it like {{instance}}',
      '19:7: alerts.receivers[0] must have exactly one of slack, webhook and alertmanager, and has none',
      '20:20: retention.long must be at least 7d: findings are measured over a week',
    ])
      expect(says).toContain(line);
    expect(says.some((line) => /targets\[0\] is wrong: .*not a URL/.test(line))).toBe(true);
  });

  it('is refused with a secret in it, which is not repeated', () => {
    const found = mistakes(`token: hunter2
jobs:
  - name: a
    bearer_token: hunter2
    basic_auth: { username: u, password: hunter2 }
    static_configs: [{ targets: [h:1] }]
alerts:
  receivers:
    - { name: s, slack: { api_url: https://hooks.example.com/hunter2 } }
`);
    expect(found).toHaveLength(4);
    for (const line of found)
      expect(line).toMatch(
        /is a secret and must not stand in this file: write it into a file and name that in \w+_file/,
      );
    const inUrl = mistakes(`jobs:
  - name: a
    static_configs: [{ targets: ['http://u:hunter2@h:1/'] }]
    http_sd_configs: [{ url: 'http://u:hunter2@h/' }]
    kubernetes_sd_configs: [{ api_server: 'https://u:hunter2@h/' }]
alerts: { page_url: 'http:/u:hunter2@h' }
`);
    expect(inUrl.join('\n')).toContain('alerts.page_url must be a URL');
    const semantic = mistakes(`jobs:
  - name: a
    static_configs: [{ targets: ['http://u:hunter2@h:1/'] }]
    http_sd_configs: [{ url: 'http://u:hunter2@h/' }]
`);
    expect(semantic).toHaveLength(2);
    for (const line of semantic) expect(line).toContain('has a user and password in the URL');
    expect([...found, ...inUrl, ...semantic].join('\n')).not.toContain('hunter2');
  });

  it.each([
    ['', '1:1: jobs is missing: it must be a list'],
    ['jobs:\n', '1:6: jobs must be a list, and has no value'],
    ['jobs: []\n', '1:7: jobs must be a list of at least one job'],
    ['- a\n', '1:1: the file must be a map of keys and values'],
    [`jobs: [\n`, /^2:1: .+/],
    [`${JOB}listen: nowhere\n`, '4:9: listen must be an address like 127.0.0.1:7070 and not "nowhere"'],
    [`${JOB}a: &a [1]\nb: [*c]\n`, '5:5: there is no anchor &c before *c'],
  ])('%j', (text, says) => {
    expect(mistakes(text)[0]).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
  });

  it('knows an anchor from where it stands on', () => {
    expect(mistakes(`${JOB}global: { labels: *l, environment: &l x }\n`)[0]).toBe(
      '4:19: there is no anchor &l before *l',
    );
    expect(read(`global: { environment: &l x }\n${JOB}    labels: { a: *l }\n`).discovery).toHaveLength(1);
  });

  it('has no more mistakes than a person reads', () => {
    expect(mistakes(`jobs:\n${'  - name: 1\n'.repeat(1000)}`)).toHaveLength(100);
  });

  it('is said to be unreadable in one sentence', async () => {
    await expect(readConfig(join(dir, 'no.yaml'))).rejects.toThrow(/no\.yaml is not there; check the path/);
  });
});

it('reads durations and sizes', () => {
  expect(['15s', '1h30m', '7d', '2w', '1d12h', '0s'].map(durationMs)).toEqual([
    15e3, 5.4e6, 6.048e8, 1.2096e9, 1.296e8, 0,
  ]);
  expect(['512MiB', '1.5GiB', '20GB', '7B'].map(sizeBytes)).toEqual([2 ** 29, 1.5 * 2 ** 30, 2e10, 7]);
});

describe('what is published', () => {
  it('has an example that is right, without warnings', async () => {
    const config = await readConfig(join(DOCS, 'examples', 'hemostat.yaml'), ENV);
    const { lines, warnings } = describeConfig(config);
    expect(warnings).toEqual([]);
    expect(config.discovery.map(({ kind }) => kind)).toEqual(['static', 'file_sd', 'http_sd', 'kubernetes']);
    expect(lines.join('\n')).toContain('production/orders: 2 targets');
  });

  it('has manifests whose configuration is right, but for the token that only a cluster has', () => {
    const manifests = parseAllDocuments(readFileSync(join(DOCS, 'examples', 'watch', 'kubernetes.yaml'), 'utf8'));
    const maps = manifests.flatMap((document) => {
      const text: unknown = document.getIn(['data', 'hemostat.yaml']);
      return typeof text === 'string' ? [text] : [];
    });
    expect(maps).toHaveLength(1);
    const token = /^3:13: token_file names \/etc\/hemostat\/secret\/token, which is not there$/;
    expect(mistakes(maps[0] ?? '')).toEqual([expect.stringMatching(token)]);
  });

  it('has a schema that is the one of the code (node scripts/config-schema.ts), and the example fits it', () => {
    const text = readFileSync(join(DOCS, 'schema', 'watch-config.schema.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(JSON.parse(jsonSchema()));
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const check = ajv.compile(JSON.parse(text));
    check(parse(readFileSync(join(DOCS, 'examples', 'hemostat.yaml'), 'utf8')));
    expect(check.errors).toBeNull();
    expect(check({ jobs: [{ name: 'a', bearer_token: 'x' }] })).toBe(false);
    expect(check({ jobs: [{ nam: 'a' }] })).toBe(false);
  });
});

describe('warnings and changes', () => {
  it('says where a budget is smaller than the schedule, or has no room for a dump', () => {
    const tight = `global: { schedule: { profiles_every: 1m }, budget: { captures_per_hour: 10, pause_per_hour: 100ms } }\n${JOB}`;
    const { warnings } = describeConfig(read(tight));
    expect(warnings.join('\n')).toMatch(/a: profiles every 1m .* captures_per_hour allows 10/);
    expect(warnings.join('\n')).toMatch(/a: captures as scheduled may stop the service .* pause_per_hour allows 100ms/);
    const room = `global: { schedule: { goroutine_limit: 1000000 } }\n${JOB}`;
    expect(describeConfig(read(room)).warnings).toEqual([
      expect.stringMatching(/a goroutine dump of 1000000 goroutines .* no room/),
    ]);
  });

  it('says which target is listed twice', () => {
    const twice = `${JOB}  - name: b\n    static_configs: [{ targets: [h:1, h:2] }]\n`;
    expect(describeConfig(read(twice)).warnings).toEqual([expect.stringMatching(/^http:\/\/h:1\/ is listed twice/)]);
  });

  it('says where a secret goes in plain text', () => {
    file('token', 'tok');
    const config = read(`global: { bearer_token_file: token }\n${JOB}`);
    expect(describeConfig(config).warnings).toEqual(['a: credentials go to http://h:1 without TLS; use https://']);
  });

  it('reads who counts system calls and what they are held against; a collector changes with a restart', () => {
    const text = 'syscalls: { recordings: [r.jsonl, /var/r], profiles: p, learn: 2h, warm_up: 30s }\n';
    const config = read(text + JOB);
    expect(config.syscalls).toMatchObject({ collect: false, learnMs: 7_200_000, warmUpMs: 30_000, windowMs: 60_000 });
    expect(config.syscalls.recordings).toEqual([expect.stringMatching(/^\/.*\/r\.jsonl$/), '/var/r']);
    expect(describeConfig(config).lines.join('\n')).toMatch(
      /syscalls: read from .*r\.jsonl, \/var\/r, held against profiles in .*\/p, learned over 2h/,
    );
    expect(read(`syscalls: { learn: off }\n${JOB}`).syscalls.learnMs).toBeNull();
    expect(() => read(`syscalls: { learn: never }\n${JOB}`)).toThrow(/learn must be a duration like 24h, or off/);
    expect(() => read(`syscalls: { window: 10ms }\n${JOB}`)).toThrow(/window/);
    const change = diffConfig(config, read(`syscalls: { collect: true, profiles: q }\n${JOB}`));
    expect(change.config.syscalls).toMatchObject({ collect: false, profiles: expect.stringMatching(/\/q$/) });
    expect(change.needsRestart).toEqual([expect.stringContaining('syscalls')]);
  });

  it('changes all but address and data while it runs', () => {
    const old = read(JOB);
    expect(diffConfig(old, read(JOB)).changed).toBe(false);
    const next = read(`listen: 127.0.0.1:1\ndata_dir: /else\nconcurrency: 3\n${JOB}`);
    const change = diffConfig(old, next);
    expect(change.changed).toBe(true);
    expect(change.config).toMatchObject({ concurrency: 3, listen: old.listen, dataDir: old.dataDir });
    expect(change.needsRestart).toEqual([
      'listen is 127.0.0.1:1 now; the server goes on listening at 127.0.0.1:7070 until it is started again',
      'data_dir is /else now; history goes on being kept in /state/hemostat until the server is started again',
    ]);
  });

  it('does not open the page to everybody by taking the token away with the address', () => {
    file('token', 'tok');
    const old = read(`listen: 0.0.0.0:7070\ntoken_file: token\n${JOB}`);
    expect(diffConfig(old, read(JOB)).config.token).toBe('tok');
  });
});
