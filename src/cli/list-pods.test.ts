import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { podsSource } from './list-pods.ts';

const scratch = mkdtempSync(join(tmpdir(), 'hemostat-pods-'));
const servers: Server[] = [];
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  for (const server of servers) server.close();
});

function pod(name: string, id: string): unknown {
  return {
    metadata: { name, namespace: 'web' },
    spec: { containers: [{ name: 'shop', image: 'shop:1.4' }] },
    status: {
      containerStatuses: [{ name: 'shop', image: 'shop:1.4', imageID: '', containerID: `containerd://${id}` }],
    },
  };
}

test('without a flag there are no pods', async () => {
  expect(await podsSource({})).toBe(undefined);
});

test('a file is read again each time, and a wrong one is one sentence', async () => {
  const file = join(scratch, 'pods.json');
  writeFileSync(file, JSON.stringify({ kind: 'List', items: [pod('a', '1')] }));
  const source = await podsSource({ pods: file });
  expect((await source?.())?.map((one) => one.pod)).toEqual(['a']);
  writeFileSync(file, JSON.stringify({ kind: 'List', items: [pod('b', '2')] }));
  expect((await source?.())?.map((one) => one.pod)).toEqual(['b']);
  writeFileSync(file, 'NAME READY\n');
  await expect(podsSource({ pods: file })).rejects.toThrow(
    `${file} is no list of pods; write it with: kubectl get pods -A -o json`,
  );
  await expect(podsSource({ pods: join(scratch, 'none') })).rejects.toThrow('is not there');
});

test('the API server is asked for the pods of this node in pages, and for all where it has none', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(decodeURIComponent(url.search));
    const node = url.searchParams.get('fieldSelector') !== null;
    const second = url.searchParams.get('continue') === 'c1';
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        kind: 'PodList',
        metadata: node || second ? {} : { continue: 'c1' },
        items: node ? [] : [second ? pod('b', '2') : pod('a', '1')],
      }),
    );
  });
  servers.push(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('no port'));
    });
  });
  const kubeconfig = join(scratch, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'test', user: {} }],
    }),
  );
  const source = await podsSource({ kubeconfig });
  expect((await source?.())?.map(({ id, pod: name, image }) => [id, name, image])).toEqual([
    ['1', 'a', 'shop:1.4'],
    ['2', 'b', 'shop:1.4'],
  ]);
  const node = process.env.NODE_NAME ?? hostname();
  expect(asked).toEqual([`?limit=500&fieldSelector=spec.nodeName=${node}`, '?limit=500', '?limit=500&continue=c1']);
});
