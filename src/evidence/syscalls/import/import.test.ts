import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { readImportedSets } from './read.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const example = (name: string): string => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');
const read = (text: string) => readImportedSets(bytes(text), 'x.txt');

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const KUBESCAPE = example('kubescape.yaml');
const ADVICE = example('advise_seccomp.txt');
const EVENTS = example('traceloop.jsonl');

describe('a profile of Kubescape', () => {
  const sets = read(KUBESCAPE);

  test('is a set for each container that called something', () => {
    expect(sets.map(({ container }) => container.name)).toEqual(['shop', 'migrate']);
    expect(sets[0]).toEqual({
      container: {
        cgroup: '',
        id: '',
        name: 'shop',
        pod: '',
        namespace: 'web',
        image: 'registry.example/shop:1.4',
        digest: DIGEST,
        from: 'import',
      },
      workload: 'Deployment/shop',
      tool: 'kubescape',
      syscalls: ['accept4', 'close', 'epoll_pwait', 'futex', 'openat', 'read', 'write'],
      fromStart: true,
      from: Date.parse('2026-02-03T10:11:12Z'),
      to: Date.parse('2026-02-03T10:11:12Z'),
      notes: [],
    });
    // The digest of an image's configuration is not what images are pulled by.
    expect(sets[1]?.container).toMatchObject({ image: 'registry.example/migrate:1.4', digest: '' });
  });

  test('is the same as JSON, in a list, and in a stream of documents', () => {
    const value: unknown = parseDocument(KUBESCAPE).toJS();
    const list = { apiVersion: 'v1', kind: 'List', items: [value] };
    for (const text of [
      JSON.stringify(value),
      JSON.stringify(value, null, 2),
      JSON.stringify(list),
      `${KUBESCAPE}---\nkind: Other\n`,
      JSON.stringify({
        ...list,
        apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
        kind: 'ApplicationProfileList',
      }),
    ])
      expect(read(text)).toEqual(sets);
  });

  test('says what is partial', () => {
    const text = KUBESCAPE.replace('completion: complete', 'completion: partial').replace(
      'status: completed',
      'status: learning',
    );
    expect(read(text)[0]).toMatchObject({
      fromStart: false,
      notes: [
        'Kubescape began to watch after the container had started',
        'Kubescape had not finished this profile: its status is learning',
      ],
    });
  });

  test('of a single container tells its name in the id of the instance', () => {
    const profile = {
      apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
      kind: 'ContainerProfile',
      metadata: {
        name: 'pod-shop-shop-1',
        namespace: 'web',
        annotations: { 'kubescape.io/instance-id': 'apiVersion-v1/namespace-web/kind-Pod/name-shop/containerName-app' },
        labels: { 'kubescape.io/workload-kind': 'Pod', 'kubescape.io/workload-name': 'shop' },
      },
      spec: { syscalls: ['read'], imageID: `docker-pullable://registry.example/shop@${DIGEST}`, imageTag: '' },
    };
    expect(read(JSON.stringify(profile))).toMatchObject([
      {
        container: { name: 'app', pod: 'shop', namespace: 'web', image: 'registry.example/shop', digest: DIGEST },
        workload: 'Pod/shop',
        fromStart: null,
        syscalls: ['read'],
      },
    ]);
  });

  test('of a list, which the API server empties, is refused with what to do', () => {
    const text = KUBESCAPE.slice(0, KUBESCAPE.indexOf('spec:'));
    expect(() => read(text)).toThrow(
      'x.txt has no system calls in its profile: Kubescape leaves them out of lists, so get each by its name, with -o yaml',
    );
  });
});

describe('output of Inspektor Gadget', () => {
  test('advise_seccomp: a set for each container, numbers as recordings have them', () => {
    expect(
      read(ADVICE).map(({ container, tool, syscalls, fromStart }) => [container.name, tool, syscalls, fromStart]),
    ).toEqual([
      ['shop', 'inspektor-gadget advise_seccomp', ['accept4', 'close', 'openat', 'syscall_470', 'syscall_500'], null],
      ['side', 'inspektor-gadget advise_seccomp', ['nanosleep'], null],
    ]);
  });

  test('a seccomp profile alone is no observation', () => {
    expect(() => read(ADVICE.slice(ADVICE.indexOf('{'), ADVICE.indexOf('// side')))).toThrow(
      'x.txt is a seccomp profile, which says what is allowed, not what was seen',
    );
  });

  test('advise_seccomp that was cut is refused with its lines', () => {
    expect(() => read(ADVICE.slice(0, -8))).toThrow('x.txt has no seccomp profile in lines 23 to 34');
  });

  const sets = read(EVENTS);
  test('traceloop: a set for each container, with the time between its first and last event', () => {
    expect(sets).toMatchObject([
      {
        container: {
          id: '34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376',
          name: 'shop',
          pod: 'shop-6f7d9c-x2x4q',
          namespace: 'web',
          image: 'registry.example/shop:1.4',
          digest: DIGEST,
          from: 'import',
        },
        workload: 'Deployment/shop',
        tool: 'inspektor-gadget traceloop',
        syscalls: ['close', 'openat'],
        fromStart: false,
        from: Date.parse('2026-02-03T10:11:12Z'),
        to: Date.parse('2026-02-03T10:11:13Z'),
      },
      { container: { name: 'lone', pod: '', digest: '', image: 'busybox' }, workload: '', syscalls: ['nanosleep'] },
    ]);
  });

  test('traceloop indented, as an array, and with a last line that was cut', () => {
    const values: unknown[] = EVENTS.trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(read(values.map((value) => JSON.stringify(value, null, 2)).join('\n'))).toEqual(sets);
    expect(read(JSON.stringify(values))).toEqual(sets);
    const cut = read(`${EVENTS}${EVENTS.slice(0, 40)}`);
    expect(cut.map(({ syscalls }) => syscalls)).toEqual(sets.map(({ syscalls }) => syscalls));
    expect(cut[0]?.notes).toContain('line 4 of x.txt was cut off and left out');
    expect(() => read(`${EVENTS.slice(0, 40)}\n${EVENTS}`)).toThrow('x.txt line 1 is not JSON');
    const lines = EVENTS.split('\n');
    expect(() => read([lines[0], '{"a', ...lines.slice(1)].join('\n'))).toThrow('x.txt line 2 is not JSON');
  });

  test('calls that a profile refused are not what belongs there', () => {
    const event = JSON.stringify({ syscall: 'SYS_UNSHARE', code: 'SECCOMP_RET_KILL_THREAD', k8s: {}, runtime: {} });
    expect(() => read(event)).toThrow('x.txt is of audit_seccomp');
  });

  test('other gadgets tell no calls', () => {
    expect(() => read(JSON.stringify({ comm: 'cat', fname: '/etc/hosts', k8s: {}, runtime: {} }))).toThrow(
      'x.txt has no event with a syscall',
    );
  });
});

test.each([
  ['', 'x.txt is empty'],
  ['hello', 'x.txt is no recording, no profile of Kubescape and no output of Inspektor Gadget'],
  ['{"a": 1}', 'x.txt is no recording, no profile of Kubescape and no output of Inspektor Gadget'],
  ['{"a": ', 'x.txt line 1 is not JSON'],
  ['a: [b', 'x.txt could not be read as YAML'],
  ['[1]', 'x.txt is no recording'],
  ['a: '.repeat(3) + '['.repeat(20_000), 'x.txt could not be read as YAML'],
  [
    'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\ne: [*d,*d,*d,*d]\n',
    'x.txt could not be read as YAML',
  ],
])('bad input is one sentence: %.30j', (text, sentence) => {
  let thrown: unknown;
  try {
    read(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: 'EvidenceError', message: expect.stringContaining(sentence) });
  expect(String(thrown)).not.toContain('\n');
});
