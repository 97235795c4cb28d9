import { describe, expect, test } from 'vitest';
import { type CgroupName, nameOfCgroup, pathInProc } from './cgroup.ts';

const ID = '34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376';
const OUTER = '9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d';
const UID = '74c13223-5a00-11e9-b385-42010a80018d';
const SLICE = UID.replaceAll('-', '_');
const STATIC = '5c5b0a8c1c1f3e0a2d4f6a7b8c9d0e1f';
const KUBE = '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod';

const PATHS: readonly (readonly [string, string, Partial<CgroupName>])[] = [
  ['kubelet, cgroupfs', `/kubepods/besteffort/pod${UID}/${ID}`, { runtime: 'unknown', id: ID, podUid: UID }],
  ['guaranteed has no class', `/kubepods/pod${UID}/${ID}`, { runtime: 'unknown', id: ID, podUid: UID }],
  [
    'containerd, systemd',
    `${KUBE}${SLICE}.slice/cri-containerd-${ID}.scope`,
    { runtime: 'containerd', id: ID, podUid: UID },
  ],
  [
    'cri-o, systemd',
    `/kubepods.slice/kubepods-pod${SLICE}.slice/crio-${ID}.scope`,
    { runtime: 'cri-o', id: ID, podUid: UID },
  ],
  [
    'cri-o, what runs below the scope',
    `${KUBE}${SLICE}.slice/crio-${ID}.scope/container`,
    { runtime: 'cri-o', id: ID, podUid: UID },
  ],
  ['cri-o, cgroupfs', `/kubepods/burstable/pod${UID}/crio-${ID}`, { runtime: 'cri-o', id: ID, podUid: UID }],
  ['dockershim', `${KUBE}${SLICE}.slice/docker-${ID}.scope`, { runtime: 'docker', id: ID, podUid: UID }],
  ['static pod', `/kubepods/burstable/pod${STATIC}/${ID}`, { runtime: 'unknown', id: ID, podUid: STATIC }],
  [
    'static pod, systemd',
    `${KUBE}${STATIC}.slice/cri-containerd-${ID}.scope`,
    { runtime: 'containerd', id: ID, podUid: STATIC },
  ],
  [
    'a slice name given to the cgroupfs driver',
    `/system.slice/containerd.service/kubepods-burstable-pod${SLICE}.slice:cri-containerd:${ID}`,
    { runtime: 'containerd', id: ID, podUid: UID },
  ],
  ['a pod without its container', `${KUBE}${SLICE}.slice`, { podUid: UID }],
  [
    'kind: a node that is a container',
    `/docker/${OUTER}/kubelet/kubepods/burstable/pod${UID}/${ID}`,
    { runtime: 'unknown', id: ID, podUid: UID },
  ],
  [
    'kind on systemd',
    `/system.slice/docker-${OUTER}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${SLICE}.slice/cri-containerd-${ID}.scope`,
    { runtime: 'containerd', id: ID, podUid: UID },
  ],
  [
    "kind: the node's own services",
    `/system.slice/docker-${OUTER}.scope/system.slice/kubelet.service`,
    { runtime: 'docker', id: OUTER },
  ],
  ['docker, cgroupfs', `/docker/${ID}`, { runtime: 'docker', id: ID }],
  ['docker, systemd', `/system.slice/docker-${ID}.scope`, { runtime: 'docker', id: ID }],
  [
    'docker, rootless',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`,
    { runtime: 'docker', id: ID },
  ],
  ['docker in docker', `/docker/${OUTER}/docker/${ID}`, { runtime: 'docker', id: ID }],
  [
    'docker in a pod',
    `/kubepods/burstable/pod${UID}/${OUTER}/docker/${ID}`,
    { runtime: 'docker', id: ID, podUid: UID },
  ],
  ['podman', `/machine.slice/libpod-${ID}.scope`, { runtime: 'podman', id: ID }],
  ['podman 4', `/machine.slice/libpod-${ID}.scope/container`, { runtime: 'podman', id: ID }],
  [
    'podman, rootless',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
    { runtime: 'podman', id: ID },
  ],
  ['podman, cgroupfs', `/libpod_parent/libpod-${ID}`, { runtime: 'podman', id: ID }],
  ['podman, quadlet', `/system.slice/shop.service/libpod-payload-${ID}`, { runtime: 'podman', id: ID }],
  ["podman's monitor is no container", `/machine.slice/libpod-conmon-${ID}.scope`, {}],
  ["cri-o's monitor is no container", `${KUBE}${SLICE}.slice/crio-conmon-${ID}.scope`, {}],
  ['nerdctl', `/system.slice/nerdctl-${ID}.scope`, { runtime: 'containerd', id: ID }],
  ['ctr and nerdctl, cgroupfs', `/default/${ID}`, { runtime: 'unknown', id: ID }],
  ['ecs', `/ecs/0123456789abcdef0123456789abcdef/${ID}`, { runtime: 'ecs', id: ID }],
  [
    'fargate',
    '/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890',
    { runtime: 'ecs', id: '0123456789abcdef0123456789abcdef-1234567890' },
  ],
  ['lxc', '/lxc.payload.web/system.slice/nginx.service', { runtime: 'lxc', id: 'web' }],
  ['lxc on v1', '/lxc/web', { runtime: 'lxc', id: 'web' }],
  ['nspawn', '/machine.slice/machine-shop\\x2dtest.scope/payload', { runtime: 'nspawn', id: 'shop-test' }],
  ['from within another namespace', `/../../pod${UID}/${ID}`, { runtime: 'unknown', id: ID, podUid: UID }],
  ['gone', `/docker/${ID} (deleted)`, { runtime: 'docker', id: ID }],
  ['a service', '/system.slice/shop.service', { unit: 'shop.service' }],
  [
    'a service with a dash',
    '/system.slice/system-shop\\x2dapi.slice/shop\\x2dapi@1.service',
    { unit: 'shop-api@1.service' },
  ],
  ['a service with letters', '/system.slice/caf\\xc3\\xa9-ü.service', { unit: 'café-ü.service' }],
  ['a service with cgroups of its own', '/system.slice/shop.service/workers', { unit: 'shop.service' }],
  [
    "a user's service",
    '/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service',
    { unit: 'sync.service' },
  ],
  ['a session', '/user.slice/user-1000.slice/session-3.scope', {}],
  ["a user's terminal", '/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope', {}],
  ['the first process', '/init.scope', {}],
  ['the root', '/', {}],
  ['nothing', '', {}],
  ['an id that is too short', '/docker/34dc0b5e626f', {}],
  ['no path at all', `/${'x'.repeat(5000)}/${ID}`, {}],
];

describe('nameOfCgroup', () => {
  test.each(PATHS)('%s', (_, path, expected) => {
    expect(nameOfCgroup(path)).toEqual({ runtime: '', id: '', podUid: '', unit: '', ...expected });
  });
});

describe('pathInProc', () => {
  test('of cgroup v2 alone', () => {
    expect(pathInProc('0::/system.slice/shop.service\n')).toBe('/system.slice/shop.service');
  });

  test('of v1: the one that names a container', () => {
    const text = `11:cpuset:/\n10:memory:/kubepods/pod${UID}/${ID}\n1:name=systemd:/init.scope\n`;
    expect(pathInProc(text)).toBe(`/kubepods/pod${UID}/${ID}`);
  });

  test('of both: v2 unless only v1 tells', () => {
    expect(pathInProc(`4:memory:/docker/${OUTER}\n0::/docker/${ID}\n`)).toBe(`/docker/${ID}`);
    expect(pathInProc(`4:memory:/docker/${ID}\n0::/\n`)).toBe(`/docker/${ID}`);
    expect(pathInProc('4:memory:/a/longer/path\n0::/system.slice/shop.service\n')).toBe('/system.slice/shop.service');
    expect(pathInProc('4:memory:/process_api\n1:cpu:/\n0::/\n')).toBe('/process_api');
  });

  test('a path may hold colons', () => {
    expect(pathInProc(`0::/kubepods-pod${SLICE}.slice:cri-containerd:${ID}\n`)).toContain(`:cri-containerd:${ID}`);
  });

  test('of nothing', () => {
    expect(pathInProc('')).toBe('');
    expect(pathInProc('no cgroups here\n')).toBe('');
  });
});
