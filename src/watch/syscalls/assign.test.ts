import { expect, test } from 'vitest';
import { readRecording } from '../../evidence/syscalls/read.ts';
import { UNKNOWN_CONTAINER } from '../../evidence/syscalls/recording.ts';
import type { TargetInfo } from '../model.ts';
import { type AssignOptions, assign, type Candidate } from './assign.ts';
import { container, HOST, type Sample, TestRecording } from './testing.ts';
import { joined, windowsOf } from './windows.ts';

const OPTIONS: AssignOptions = {
  host: HOST.name,
  from: 'recording /r',
  environment: 'default',
  hasProfile: () => false,
};

function recordingOf(...windows: (readonly Sample[])[]) {
  const made = new TestRecording();
  const lines = windows.map((samples, i) => made.window(1000 * i, samples));
  return readRecording(Buffer.from(made.header() + lines.join('')));
}

function candidate(id: string, over: Partial<TargetInfo> = {}, process: Candidate['process'] = null): Candidate {
  const info = {
    id,
    environment: 'prod',
    service: id,
    instance: id,
    url: 'http://127.0.0.1:1',
    from: 'static',
    labels: {},
  };
  return { info: { ...info, ...over }, process };
}

/** Pids by target. */
function pidsOf(samples: readonly Sample[], candidates: readonly Candidate[], options: Partial<AssignOptions> = {}) {
  const recording = recordingOf(samples);
  const { members, counted } = assign(recording, candidates, { ...OPTIONS, ...options });
  const pids = Object.fromEntries(
    [...members].map(([id, processes]) => [
      counted.find((one) => one.id === id)?.service ?? id,
      processes.map((process) => recording.processes[process]?.pid),
    ]),
  );
  return { pids, counted };
}

test('the process that answers at the port, with all of its container, on this machine and in its life only', () => {
  const shop = container('shop');
  const samples: Sample[] = [
    { pid: 7, startedAt: 5000, container: shop, calls: { read: 1 } },
    { pid: 8, executable: 'sh', startedAt: 9000, container: shop, calls: { read: 1 } },
    { pid: 9, executable: 'other', startedAt: 100, calls: { read: 1 } },
  ];
  const at = (pid: number, startedAt: number | null) => [candidate('a', { service: 'x' }, { pid, startedAt })];
  expect(pidsOf(samples, at(7, 5400)).pids).toEqual({ a: [7, 8] });
  expect(pidsOf(samples, at(9, null)).pids).toEqual({ a: [9] });
  expect(pidsOf(samples, at(7, 60_000)).pids, 'another process had that number').toEqual({});
  expect(pidsOf(samples, at(7, 5400), { host: 'node-2' }).pids, 'of another machine').toEqual({});
});

test('the pod that discovery named; of several containers the one that is called like the service', () => {
  const pod = { pod: 'shop-5d9c', namespace: 'prod' };
  const samples: Sample[] = [
    { pid: 7, container: container('shop', pod), calls: { read: 1 } },
    { pid: 8, container: container('proxy', pod), calls: { read: 1 } },
    { pid: 9, container: container('shop', { ...pod, namespace: 'test', id: 'f'.repeat(64) }), calls: { read: 1 } },
  ];
  const from = 'kubernetes prod/shop-5d9c';
  expect(pidsOf(samples, [candidate('a', { service: 'shop', from })]).pids).toEqual({ a: [7] });
  expect(pidsOf(samples.slice(0, 1), [candidate('a', { service: 'till', from })]).pids).toEqual({ a: [7] });
  expect(pidsOf(samples, [candidate('a', { service: 'till', from })]).pids, 'nothing says which').toEqual({});
});

test('the only process of the host that is called like the service, by executable or unit', () => {
  const samples: Sample[] = [
    { pid: 7, executable: 'shop', calls: { read: 1 } },
    { pid: 8, executable: 'java', container: { ...UNKNOWN_CONTAINER, name: 'till' }, calls: { read: 1 } },
    { pid: 9, executable: 'two', calls: { read: 1 } },
    { pid: 10, executable: 'two', calls: { read: 1 } },
  ];
  const named = ['shop', 'till', 'two'].map((service) => candidate(service, { service }));
  expect(pidsOf(samples, named).pids).toEqual({ shop: [7], till: [8] });
  const remote = candidate('b', { service: 'shop', url: 'http://node-1:6060/debug/pprof' });
  expect(pidsOf(samples, [remote], { host: 'watcher' }).pids).toEqual({ b: [7] });
  expect(pidsOf(samples, named, { host: 'watcher' }).pids, 'loopback of another machine').toEqual({});
});

test('a container with a profile is a target of its own; one without is nobody’s', () => {
  const cron = container('cron', { namespace: 'jobs', pod: 'cron-1' });
  const samples: Sample[] = [
    { pid: 7, container: cron, calls: { read: 1 } },
    { pid: 8, container: container('other'), calls: { read: 1 } },
    { pid: 9, executable: 'sshd', calls: { read: 1 } },
  ];
  const { pids, counted } = pidsOf(samples, [], {
    hasProfile: ({ digest }) => digest === cron.digest || digest === 'exe:sshd',
  });
  expect(pids).toEqual({ cron: [7], sshd: [9] });
  expect(counted).toMatchObject([
    { environment: 'jobs', service: 'cron', instance: 'cron-1', from: 'recording /r', url: '' },
    { environment: 'default', service: 'sshd', instance: 'node-1 pid 9' },
  ]);
});

test('windows of targets are cut out of the machine’s, and put together are what they were', () => {
  const recording = recordingOf(
    [
      { pid: 7, calls: { read: 5, openat: 2 }, opened: 2 },
      { pid: 9, executable: 'till', calls: { read: 100 } },
    ],
    [{ pid: 7, calls: { openat: 3 } }],
    [{ pid: 9, executable: 'till', calls: { write: 1 } }],
  );
  const { members } = assign(recording, [candidate('a', { service: 'shop' })], OPTIONS);
  const windows = [...windowsOf(recording, members)];
  expect(windows.map(({ target, at, until }) => [target, at, until])).toEqual([
    ['a', 0, 1000],
    ['a', 1000, 2000],
  ]);
  const again = joined(windows);
  expect(again?.processes.map(({ pid }) => pid)).toEqual([7]);
  expect(again?.syscalls).toEqual(['read', 'openat']);
  expect([...(again?.counts.calls ?? [])]).toEqual([5, 2, 3]);
  expect([...(again?.counts.window ?? [])]).toEqual([0, 0, 1]);
  expect([...(again?.flows.fdsOpened ?? [])]).toEqual([2, Number.NaN]);
  expect(joined([])).toBeNull();
});
