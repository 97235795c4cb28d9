/**
 * Fuzz targets of what `hemostat watch` is told from outside: target groups, the Kubernetes API, a Prometheus' answers and
 * the configuration. Each has an error of its own for what it refuses.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EvidenceError } from '../src/evidence/error.ts';
import type { TargetTemplate } from '../src/watch/config/config.ts';
import { DEFAULT_NAMES, defaultBudget, FILE_TIMING, NO_LOAD } from '../src/watch/config/defaults.ts';
import { parseConfig } from '../src/watch/config/read.ts';
import { parseGroups } from '../src/watch/targets/groups.ts';
import { readListPage, WatchLines } from '../src/watch/targets/kubernetes-answers.ts';
import { readAnswer } from '../src/watch/targets/load.ts';
import { namesOfPod, type Pod, targetOfPod } from '../src/watch/targets/pod.ts';
import { checkQuery, fillQuery } from '../src/watch/targets/promql.ts';
import { discovered } from '../src/watch/targets/target.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const MIB = 1024 * 1024;
const EXAMPLE = join(import.meta.dirname, '../docs/examples/hemostat.yaml');

/**
 * A YAML document is a tree of nodes and tokens, of some hundred bytes each, for every few bytes; a bracket that is never
 * closed is a node and an error with its stack. Such files are the operator's own and are read when they change.
 */
const YAML_ALLOWANCE = (size: number): number => 32 * MIB + 8192 * size;

const TEMPLATE: TargetTemplate = {
  ...DEFAULT_NAMES,
  service: 'job',
  labels: {},
  scheme: 'http',
  path: '/',
  http: { headers: [], insecure: false, timeoutMs: 1000 },
  schedule: { ...FILE_TIMING, budget: defaultBudget(FILE_TIMING) },
  load: NO_LOAD,
  source: null,
};

const POD = {
  metadata: {
    name: 'orders-0',
    namespace: 'shop',
    resourceVersion: '7',
    labels: { app: 'orders', 'app.kubernetes.io/name': 'orders' },
    annotations: {
      'hemostat.io/scrape': 'true',
      'hemostat.io/port': 'pprof',
      'hemostat.io/path': '/debug/pprof/',
      'hemostat.io/scheme': 'https',
      'hemostat.io/environment': 'production',
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '8080',
      'prometheus.io/path': '/metrics',
    },
  },
  spec: { nodeName: 'n1', containers: [{ ports: [{ name: 'pprof', containerPort: 6060, protocol: 'TCP' }] }] },
  status: { phase: 'Running', podIP: '10.0.0.7' },
};
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

/** All that is made of a pod. */
function look(pod: Pod): void {
  for (const alsoPrometheus of [false, true]) {
    const found = targetOfPod(pod, alsoPrometheus);
    const { environment, service } = namesOfPod(pod);
    if (found === null || typeof found === 'string') continue;
    try {
      discovered(found.address, { ...found.labels, environment, service }, 'kubernetes', TEMPLATE);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'UsageError') throw error;
    }
  }
}

const GROUPS = [
  { targets: ['10.0.0.1:6060', '[::1]:80', 'https://h:1/p'], labels: { env: 'prod', __scheme__: 'https' } },
  { targets: ['unix:/run/a.sock:/debug', ':6060'], labels: null },
];

/** `"`, `'` and backquoted text as Go reads it, each replaced by one letter: what a filled-in value must not change. */
function withoutStrings(query: string): string {
  return query.replace(/"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`[^`]*`/g, 'S');
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'sd-json',
    seeds: () => [utf8(JSON.stringify(GROUPS)), utf8('[]'), utf8('[{"targets":["h:1"]}]')],
    run: (input) =>
      refusing('GroupsError', () => void parseGroups(textOf(input), 'json', 'http_sd http://h/', TEMPLATE)),
    // Each address becomes a URL, a hash and a target: about 2 KiB for as little as 3 bytes.
    allowance: (size) => 16 * MIB + 1024 * size,
  },
  {
    name: 'sd-yaml',
    seeds: () => [
      utf8('- targets: ["10.0.0.1:6060", h:1]\n  labels:\n    env: prod\n- targets:\n    - unix:/run/a.sock\n'),
      utf8('- &a\n  targets: [h:1]\n  labels: {a: b}\n- *a\n- <<: *a\n'),
      utf8(JSON.stringify(GROUPS)),
    ],
    run: (input) => refusing('GroupsError', () => void parseGroups(textOf(input), 'yaml', 'file_sd /f', TEMPLATE)),
    allowance: YAML_ALLOWANCE,
  },
  {
    name: 'kubernetes-list',
    seeds: () => [
      utf8(JSON.stringify({ metadata: { resourceVersion: '9', continue: 'abc' }, items: [POD, { x: 1 }] })),
      utf8(JSON.stringify({ metadata: { resourceVersion: '9' }, items: null })),
    ],
    run: (input) => refusing('NotAnswerError', () => void readListPage(textOf(input), 'https://h/pods', look)),
  },
  {
    name: 'kubernetes-watch',
    seeds: () => [
      utf8(
        event('ADDED', POD) +
          event('BOOKMARK', { metadata: { resourceVersion: '12' } }) +
          event('DELETED', { ...POD, spec: null, status: null }),
      ),
      utf8(event('MODIFIED', POD) + event('ERROR', { code: 410, message: 'too old resource version' })),
      utf8(event('ERROR', { code: 500, message: 'no' })),
    ],
    run: (input) =>
      refusing('NotAnswerError', () => {
        const told: string[] = [];
        const whole: string[] = [];
        const pieces = new WatchLines('https://h/pods', '1', (type, pod) => {
          told.push(`${type} ${pod.metadata.name}`);
          look(pod);
        });
        const middle = (input[0] ?? 0) % (input.length + 1);
        for (const piece of [input.subarray(0, middle), input.subarray(middle)]) {
          if (pieces.version !== null) pieces.push(Buffer.from(piece));
        }
        const once = new WatchLines('https://h/pods', '1', (type, { metadata }) =>
          whole.push(`${type} ${metadata.name}`),
        );
        once.push(Buffer.from(input));
        if (told.join() !== whole.join() || pieces.version !== once.version)
          throw new Error('a boundary changes the events');
      }),
  },
  {
    name: 'promql-answer',
    seeds: () => [
      utf8('{"status":"success","data":{"resultType":"scalar","result":[1700000000.1,"12.5"]}}'),
      utf8(
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"2"]},{"metric":{},"value":[1,"NaN"]}]}}',
      ),
      utf8('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      utf8('{"status":"error","errorType":"bad_data","error":"parse error"}'),
    ],
    run: (input) =>
      refusing('TargetError', () => {
        const { value, series } = readAnswer(textOf(input), 'http://h/api/v1/query');
        if (value !== null && !Number.isFinite(value)) throw new Error(`the load is ${value}`);
        if (value !== null && series === 0) throw new Error('a number of nothing');
      }),
  },
  {
    name: 'promql-query',
    // The query and, after the first line, what is filled in.
    seeds: () =>
      [
        'sum(rate(http_requests_total{instance={{instance}}}[1m]))\n10.0.0.7:6060',
        'a{b="{{ b }}:x", c=~\'{{c}}.*\', d=`{{d}}`}\n"} or vector(1) #',
        '"\\"{{a}}\\\\"\n\\',
        'up{a={{a}}\n`',
      ].map(utf8),
    run: (input) => {
      const [query = '', ...values] = textOf(input).split('\n');
      const wrong = checkQuery(query);
      if (wrong !== null) throw new EvidenceError('query', wrong);
      const filled = fillQuery(query, () => values.join('\n'));
      if (filled === null) throw new EvidenceError('query', 'cannot be filled in');
      if (withoutStrings(filled) !== withoutStrings(fillQuery(query, () => 'x') ?? ''))
        throw new Error(`what is filled in leaves its string: ${filled}`);
    },
  },
  {
    name: 'watch-config',
    // No keys that name a file to be read (they end in `_file`): a mutated path could be any file of this machine.
    seeds: () => {
      const example = readFileSync(EXAMPLE, 'utf8').replace(/^.*_file.*$/gm, '');
      return [
        utf8(example),
        utf8('jobs:\n  - &a\n    name: a\n    static_configs: [{targets: ["h:1"]}]\n  - <<: *a\n    name: b\n'),
        utf8(
          'jobs: [{name: x, load: {prometheus: {url: "http://h", query: "up{a={{a}}}"}}, kubernetes_sd_configs: [{}]}]',
        ),
        utf8(
          `retention: {full: 1d, long: 1d}\nalerts: {receivers: [{name: s, slack: {api_url: "\${URL}"}}]}\nlisten: ":1"\n`,
        ),
      ];
    },
    run: (input) =>
      refusing('UsageError', () => void parseConfig(textOf(input), '/nowhere/hemostat.yaml', { URL: 'http://h/x' })),
    allowance: YAML_ALLOWANCE,
  },
];
