/** From pods, as an API server lists them over HTTP, to the processes of a node's recording. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecording } from '../../evidence/syscalls/read.ts';
import type { TargetInfo } from '../model.ts';
import { kubernetesSource } from '../targets/kubernetes.ts';
import { afterTest, started, TEMPLATE } from '../targets/testing.ts';
import { assign } from './assign.ts';
import { container, HOST, type Sample, TestRecording } from './testing.ts';

interface Containers {
  /** Names, with the ports that they declare. */
  readonly [name: string]: readonly number[];
}

function pod(namespace: string, name: string, ip: string, containers: Containers) {
  return {
    metadata: {
      ...{ name, namespace, resourceVersion: '7', labels: { app: 'orders' } },
      annotations: { 'hemostat.io/scrape': 'true', 'hemostat.io/port': '6060' },
    },
    spec: {
      nodeName: HOST.name,
      containers: Object.entries(containers).map(([called, ports]) => ({
        name: called,
        ports: ports.map((containerPort) => ({ containerPort })),
      })),
    },
    status: { phase: 'Running', podIP: ip },
  };
}

async function targetsOf(items: readonly object[]): Promise<readonly TargetInfo[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-pods-'));
  const tokenFile = join(dir, 'token');
  writeFileSync(tokenFile, 'token');
  const server = http.createServer((request, response) => {
    if (request.url?.includes('watch=1') === true) return void response.flushHeaders();
    response.end(JSON.stringify({ metadata: { resourceVersion: '100' }, items }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true });
  });
  const address = server.address();
  const apiServer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const seen = started(
    kubernetesSource({
      ...{ kind: 'kubernetes', job: 'pods', apiServer, tokenFile, caFile: null, namespaces: [], labelSelector: '' },
      ...{ prometheusAnnotations: false, template: { ...TEMPLATE, environment: '' } },
    }),
  );
  await seen.eventually(() => expect(seen.sets.at(-1)).toHaveLength(items.length));
  return (seen.sets.at(-1) ?? []).map(({ info }) => info);
}

const inPod = (namespace: string, pod: string, name: string, id = `${namespace}${pod}${name}`) =>
  container(name, { namespace, pod, id: Buffer.from(id).toString('hex').padEnd(64, '0').slice(-64) });

test('containers of pods go to the targets of these pods, by the port that discovery asks', async () => {
  const infos = await targetsOf([
    // Neither container is called like the service; one declares the port.
    pod('shop', 'orders-1', '10.1.1.1', { proxy: [15_001], app: [8080, 6060] }),
    pod('shop', 'orders-2', '10.1.1.2', { proxy: [15_001], app: [8080, 6060] }),
    pod('test', 'orders-1', '10.1.2.1', { app: [] }),
    // None declares it, and none is called like it.
    pod('shop', 'orders-3', '10.1.1.3', { one: [], two: [] }),
  ]);
  expect(infos.map(({ labels: { container: name } }) => name)).toEqual(['app', 'app', 'app', undefined]);
  const samples: Sample[] = [
    { pid: 1, container: inPod('shop', 'orders-1', 'proxy'), calls: { read: 1 } },
    { pid: 2, container: inPod('shop', 'orders-1', 'app'), calls: { read: 1 } },
    { pid: 3, container: inPod('shop', 'orders-1', 'app'), calls: { read: 1 } },
    // Restarted within the window: the same pod and name, another id.
    { pid: 4, container: inPod('shop', 'orders-1', 'app', 'again'), calls: { read: 1 } },
    { pid: 5, container: inPod('shop', 'orders-2', 'app'), calls: { read: 1 } },
    { pid: 6, container: inPod('test', 'orders-1', 'app'), calls: { read: 1 } },
    { pid: 7, container: inPod('shop', 'orders-3', 'one'), calls: { read: 1 } },
    { pid: 8, container: inPod('shop', 'orders-3', 'two'), calls: { read: 1 } },
  ];
  const pidsOf = (some: readonly Sample[]) => {
    const made = new TestRecording();
    const recording = readRecording(Buffer.from(made.header() + made.window(0, some)));
    const { members } = assign(
      recording,
      infos.map((info) => ({ info, process: null })),
      { host: 'watcher', from: 'recording /r', environment: 'default', hasProfile: () => false },
    );
    return infos.map(({ id }) => (members.get(id) ?? []).map((index) => recording.processes[index]?.pid));
  };
  expect(pidsOf(samples)).toEqual([[2, 3, 4], [5], [6], []]);
  expect(pidsOf(samples.slice(0, 1)), 'while its container restarts, nobody stands in for it').toEqual([
    ...[[], [], [], []],
  ]);
});
