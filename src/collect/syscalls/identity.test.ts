import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { fromPods } from '../../evidence/syscalls/containers.ts';
import { containerNamer, type NamerOptions } from './identity.ts';
import { CgroupDirectories, cgroup2Mounts } from './identity-cgroups.ts';

const scratch = mkdtempSync(join(tmpdir(), 'hemostat-identity-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ID = '34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376';
const OTHER = '9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const UID = '74c13223-5a00-11e9-b385-42010a80018d';
const POD_PATH = `/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`;

let count = 0;
/** A root of a host with these files. */
function host(files: Readonly<Record<string, string>>): string {
  const root = join(scratch, `host${count++}`);
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (path.startsWith('bin/')) chmodSync(join(root, path), 0o755);
  }
  return root;
}

function namer(root: string, path: string, options: NamerOptions = {}) {
  return containerNamer({
    root,
    path: join(root, 'bin'),
    directories: new CgroupDirectories([]),
    cgroupOf: () => `0::${path}\n`,
    ...options,
  });
}

const BUNDLE = JSON.stringify({
  ociVersion: '1.1.0',
  process: { env: ['DB_PASSWORD=hunter2'] },
  annotations: {
    'io.kubernetes.cri.container-name': 'shop',
    'io.kubernetes.cri.container-type': 'container',
    'io.kubernetes.cri.image-name': 'registry.example/shop:1.4',
    'io.kubernetes.cri.sandbox-id': OTHER,
    'io.kubernetes.cri.sandbox-name': 'shop-6f7d9c-x2x4q',
    'io.kubernetes.cri.sandbox-namespace': 'web',
    'io.kubernetes.cri.sandbox-uid': UID,
  },
});

describe('containerNamer', () => {
  test('what runs outside of containers is called by its unit, or not at all', async () => {
    const root = host({});
    expect(await namer(root, '/system.slice/shop.service').identify(null, 7)).toEqual({
      cgroup: '/system.slice/shop.service',
      id: '',
      name: 'shop',
      pod: '',
      namespace: '',
      image: '',
      digest: '',
      from: 'cgroup path',
    });
    expect(await namer(root, '/user.slice/user-0.slice/session-1.scope').identify(null, 7)).toMatchObject({ name: '' });
    expect(await namer(root, '').identify(null, null)).toMatchObject({ cgroup: '', name: '', from: '' });
  });

  test("containerd's bundle tells all but the digest, and crictl tells that", async () => {
    const root = host({
      [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: BUNDLE,
      'bin/crictl': `#!/bin/sh\nfor id; do :; done\n[ "$id" = ${ID} ] || { echo "rpc error: code = NotFound" >&2; exit 1; }\necho '${JSON.stringify(
        {
          status: {
            id: ID,
            metadata: { attempt: 0, name: 'shop' },
            image: { annotations: {}, image: 'registry.example/shop:1.4' },
            imageRef: `registry.example/shop@${DIGEST}`,
            labels: { 'io.kubernetes.pod.name': 'shop-6f7d9c-x2x4q', 'io.kubernetes.pod.namespace': 'web' },
          },
          info: { runtimeSpec: { process: { env: ['DB_PASSWORD=hunter2'] } } },
        },
      )}'\n`,
    });
    const identity = await namer(root, POD_PATH).identify(null, 7);
    expect(identity).toEqual({
      cgroup: POD_PATH,
      id: ID,
      name: 'shop',
      pod: 'shop-6f7d9c-x2x4q',
      namespace: 'web',
      image: 'registry.example/shop:1.4',
      digest: DIGEST,
      from: 'oci bundle, cri',
    });
    expect(JSON.stringify(identity)).not.toContain('hunter2');
  });

  test("CRI-O's bundle alone", async () => {
    const root = host({
      [`run/containers/storage/overlay-containers/${ID}/userdata/config.json`]: JSON.stringify({
        annotations: {
          'io.container.manager': 'cri-o',
          'io.kubernetes.container.name': 'shop',
          'io.kubernetes.cri-o.ContainerType': 'container',
          'io.kubernetes.cri-o.ImageName': 'registry.example/shop:1.4',
          'io.kubernetes.cri-o.ImageRef': `registry.example/shop@${DIGEST}`,
          'io.kubernetes.pod.name': 'shop-0',
          'io.kubernetes.pod.namespace': 'web',
        },
      }),
    });
    const path = `/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice/crio-${ID}.scope`;
    expect(await namer(root, path).identify(null, 7)).toMatchObject({
      name: 'shop',
      pod: 'shop-0',
      namespace: 'web',
      image: 'registry.example/shop:1.4',
      digest: DIGEST,
      from: 'oci bundle',
    });
  });

  test('ctr tells the digest of a container that it has by name', async () => {
    const root = host({
      [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: BUNDLE,
      'bin/ctr': `#!/bin/sh\n[ "$*" = '--namespace k8s.io images ls name=="registry.example/shop:1.4"' ] || exit 9\nprintf 'REF                       TYPE DIGEST SIZE\\nregistry.example/shop:1.4 application/vnd.oci.image.index.v1+json ${DIGEST} 9.1 MiB linux/amd64 -\\n'\n`,
    });
    expect(await namer(root, POD_PATH).identify(null, 7)).toMatchObject({
      digest: DIGEST,
      from: 'oci bundle, containerd',
    });
  });

  test('podman', async () => {
    const root = host({
      'bin/podman': `#!/bin/sh\n[ "$*" = 'container inspect ${ID}' ] || exit 9\necho '${JSON.stringify([
        {
          Id: ID,
          Name: 'shop',
          Image: 'cd'.repeat(32),
          ImageDigest: DIGEST,
          ImageName: 'registry.example/shop:1.4',
          Config: { Image: 'registry.example/shop:1.4', Labels: null },
        },
      ])}'\n`,
    });
    expect(await namer(root, `/machine.slice/libpod-${ID}.scope/container`).identify(null, 7)).toMatchObject({
      name: 'shop',
      image: 'registry.example/shop:1.4',
      digest: DIGEST,
      from: 'podman',
    });
  });

  test('a program that hangs or fails is said, and left alone after three times', async () => {
    const root = host({
      'bin/podman': `#!/bin/sh\necho x >> ${scratch}/asked\necho 'Error: the database is locked' >&2; echo more >&2; exit 125\n`,
    });
    let now = 0;
    const one = namer(root, `/machine.slice/libpod-${ID}.scope`, { now: () => now });
    for (let i = 0; i < 5; i++) {
      expect(await one.identify(null, 7)).toMatchObject({ id: ID, name: '', digest: '' });
      now += 11_000;
    }
    expect(statSync(join(scratch, 'asked')).size).toBe(3 * 2);
    expect(one.notes).toEqual([
      `containers could not be asked for at podman: ${root}/bin/podman: Error: the database is locked`,
    ]);
  });

  test('a container without name or digest is asked for again after a while', async () => {
    const file = `run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`;
    const root = host({ 'run/containerd/io.containerd.runtime.v2.task/k8s.io/x': '' });
    let now = 0;
    const one = namer(root, POD_PATH, { now: () => now });
    expect((await one.identify(null, 7)).name).toBe('');
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), BUNDLE);
    expect((await one.identify(null, 7)).name).toBe('');
    now = 10_000;
    expect((await one.identify(null, 7)).name).toBe('shop');
  });

  test("a user's cgroup that is called like another's container is not that one", async () => {
    const root = host({ [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: BUNDLE });
    const forged = `/user.slice/user-1000.slice/user@1000.service${POD_PATH}`;
    expect((await namer(root, POD_PATH).identify(null, 7)).name).toBe('shop');
    expect(await namer(root, forged).identify(null, 7)).toMatchObject({
      id: `${ID}@user-1000`,
      ...{ name: '', pod: '', digest: '', from: 'cgroup path' },
    });
  });

  test('pods that are given come first, and are listed again where one is unknown', async () => {
    const root = host({ [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: BUNDLE });
    const list = {
      kind: 'List',
      items: [
        {
          metadata: { name: 'shop-0', namespace: 'web' },
          spec: { containers: [{ name: 'app', image: 'shop:1.4' }] },
          status: {
            containerStatuses: [
              {
                name: 'app',
                image: 'sha256:0123',
                imageID: `docker-pullable://registry.example/shop@${DIGEST}`,
                containerID: `containerd://${ID}`,
              },
            ],
          },
        },
      ],
    };
    const lists: string[] = [JSON.stringify({ kind: 'List', items: [] }), JSON.stringify(list)];
    let now = 0;
    const one = namer(root, POD_PATH, {
      now: () => now,
      pods: async () => fromPods(lists.shift() ?? '')?.containers ?? [],
    });
    expect(await one.identify(null, 7)).toMatchObject({ name: 'shop', digest: '', from: 'oci bundle' });
    now = 20_000;
    expect(await one.identify(null, 7)).toEqual({
      cgroup: POD_PATH,
      id: ID,
      name: 'app',
      pod: 'shop-0',
      namespace: 'web',
      image: 'shop:1.4',
      digest: DIGEST,
      from: 'kubernetes',
    });
    now = 40_000;
    expect((await one.identify(null, 7)).from).toBe('kubernetes');
  });

  test('a list of pods that cannot be had is said, and the rest works', async () => {
    const root = host({ [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: BUNDLE });
    const one = namer(root, POD_PATH, { pods: () => Promise.reject(new Error('pods.json is not there')) });
    expect((await one.identify(null, 7)).name).toBe('shop');
    expect(one.notes).toEqual(['pods could not be listed: pods.json is not there']);
  });
});

describe("docker's socket", () => {
  let server: Server | null = null;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function docker(answers: Readonly<Record<string, unknown>>): Promise<string> {
    const root = host({ 'run/x': '' });
    const asked = createServer((request, response) => {
      const answer = answers[decodeURIComponent(request.url ?? '')];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? { message: 'No such container' }));
    });
    server = asked;
    await new Promise<void>((resolve) => asked.listen(join(root, 'run/docker.sock'), resolve));
    return root;
  }

  const CONFIG_ID = `sha256:${'cd'.repeat(32)}`;

  test('tells name, image and, from the image, the digest of the repository that it was started by', async () => {
    const root = await docker({
      [`/containers/${ID}/json`]: {
        Id: ID,
        Name: '/shop',
        Image: CONFIG_ID,
        Config: { Image: 'registry.example:5000/shop:1.4', Env: ['DB_PASSWORD=hunter2'], Labels: {} },
      },
      [`/images/${CONFIG_ID}/json`]: {
        RepoDigests: [`mirror.example/shop@sha256:${'00'.repeat(32)}`, `registry.example:5000/shop@${DIGEST}`],
      },
    });
    expect(await namer(root, `/system.slice/docker-${ID}.scope`).identify(null, 7)).toMatchObject({
      name: 'shop',
      image: 'registry.example:5000/shop:1.4',
      digest: DIGEST,
      from: 'docker',
    });
  });

  test("gives no digest of an image that was built here: its configuration's digest is another thing", async () => {
    const root = await docker({
      [`/containers/${ID}/json`]: { Name: '/shop', Image: CONFIG_ID, Config: { Image: 'shop', Labels: null } },
      [`/images/${CONFIG_ID}/json`]: { RepoDigests: [] },
    });
    expect(await namer(root, `/docker/${ID}`).identify(null, 7)).toMatchObject({
      name: 'shop',
      image: 'shop',
      digest: '',
    });
  });

  test('an unknown container is no failure', async () => {
    const root = await docker({});
    const one = namer(root, `/docker/${ID}`);
    expect(await one.identify(null, 7)).toMatchObject({ id: ID, name: '', from: 'cgroup path' });
    expect(one.notes).toEqual([]);
  });
});

describe('cgroups by id', () => {
  const mounts = existsSync('/proc/self/mountinfo') ? cgroup2Mounts(mountinfo()) : [];
  const point = mounts.find(({ root }) => root === '/')?.point;
  const made: string[] = [];
  afterEach(() => {
    for (const path of made.splice(0).reverse()) if (existsSync(path)) rmdirSync(path);
  });

  function make(path: string): bigint {
    mkdirSync(path);
    made.push(path);
    return statSync(path, { bigint: true }).ino;
  }

  test('mountinfo: points with blanks, whole hierarchies before parts', () => {
    expect(
      cgroup2Mounts(
        [
          '41 31 0:38 /kubepods /mnt/a\\040b rw,relatime - cgroup2 cgroup2 rw',
          '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate',
          '31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
          '',
        ].join('\n'),
      ),
    ).toEqual([
      { point: '/sys/fs/cgroup', root: '/' },
      { point: '/mnt/a b', root: '/kubepods' },
    ]);
  });

  /** A directory tree is as good as a cgroup hierarchy: what counts is the inode. */
  test('are found by a walk, also those that come later, and stay known when they are gone', async () => {
    const root = join(scratch, 'tree');
    mkdirSync(join(root, 'kubepods', 'pod1'), { recursive: true });
    const directories = new CgroupDirectories([{ point: root, root: '/' }]);
    const ino = (path: string) => statSync(join(root, path), { bigint: true }).ino;
    expect(await directories.pathOf(ino('kubepods/pod1'))).toBe('/kubepods/pod1');
    mkdirSync(join(root, 'later'));
    const later = ino('later');
    // Kept open, so that its inode is nobody else's in between.
    expect(await Promise.all([directories.pathOf(later), directories.pathOf(1n), directories.pathOf(later)])).toEqual([
      '/later',
      null,
      '/later',
    ]);
    rmdirSync(join(root, 'later'));
    expect(await directories.pathOf(later)).toBe('/later');
    expect(directories.idOf('/kubepods')).toBe(ino('kubepods'));
    expect(directories.idOf('/later')).toBe(null);
  });

  let writable = false;
  try {
    if (point !== undefined) {
      rmdirSync(make(join(point, `hemostat-test-${process.pid}`)) > 0n ? (made.pop() ?? '') : '');
      writable = true;
    }
  } catch {
    writable = false;
  }

  test.skipIf(!writable)(
    `a real cgroup${writable ? '' : ' (skipped: no cgroup v2 that this user may write to)'}`,
    async () => {
      const slice = join(point ?? '', `kubepods-pod${UID.replaceAll('-', '_')}.slice`);
      make(slice);
      const id = make(join(slice, `cri-containerd-${ID}.scope`));
      const root = host({ [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: BUNDLE });
      const one = containerNamer({ root, path: '' });
      expect(await one.identify(id, null)).toMatchObject({
        cgroup: `/kubepods-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`,
        id: ID,
        name: 'shop',
        namespace: 'web',
      });
      // A pid that was used again: the cgroup says who it was.
      expect(await one.identify(id, process.pid)).toMatchObject({ id: ID });
    },
  );
});

function mountinfo(): string {
  return readFileSync('/proc/self/mountinfo', 'utf8');
}
