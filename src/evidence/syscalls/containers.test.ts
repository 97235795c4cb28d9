import { describe, expect, test } from 'vitest';
import { digestIn, fromBundle, fromCri, fromDocker, fromPods, imageName, repoDigest } from './containers.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const json = (value: unknown): string => JSON.stringify(value);

test.each([
  ['shop', 'shop', ''],
  ['registry:5000/shop:1.4', 'registry:5000/shop:1.4', ''],
  [`registry:5000/shop:1.4@${DIGEST}`, 'registry:5000/shop:1.4', DIGEST],
  [`docker-pullable://shop@${DIGEST}`, 'shop', DIGEST],
  // An image's configuration, which no registry knows by this.
  [DIGEST, '', ''],
  ['cd'.repeat(32), '', ''],
  ['shop@sha256:abc', 'shop', ''],
  [`@${DIGEST}`, '', ''],
])('the reference %s', (reference, name, digest) => {
  expect([imageName(reference), digestIn(reference)]).toEqual([name, digest]);
});

test("an image that came from several repositories has the digest of the container's own", () => {
  const other = `sha256:${'00'.repeat(32)}`;
  const image = json({ RepoDigests: [`mirror/shop@${other}`, `registry:5000/shop@${DIGEST}`] });
  expect(repoDigest(image, 'registry:5000/shop:1.4')).toBe(DIGEST);
  expect(repoDigest(image, 'shop')).toBe(other);
  expect(repoDigest(json([{ RepoDigests: null }]), 'shop')).toBe('');
});

test('crictl: what the pod asked for, not what the runtime resolved it to', () => {
  const status = {
    metadata: { name: 'shop' },
    image: { image: DIGEST, userSpecifiedImage: 'registry/shop:1.4' },
    imageRef: `registry/shop@${DIGEST}`,
    labels: { 'io.kubernetes.pod.name': 'shop-0', 'io.kubernetes.pod.namespace': 'web' },
  };
  expect(fromCri(json({ status }))).toEqual({
    name: 'shop',
    pod: 'shop-0',
    namespace: 'web',
    image: 'registry/shop:1.4',
    digest: DIGEST,
  });
  expect(fromCri(json({ status: { ...status, imageRef: DIGEST } }))?.digest).toBe('');
});

test('docker: a container of Kubernetes has its name, and not the one made of all', () => {
  const labels = { 'io.kubernetes.container.name': 'shop', 'io.kubernetes.pod.name': 'shop-0' };
  const answer = { Name: '/k8s_shop_shop-0_web_74c1_0', Image: DIGEST, Config: { Image: 'shop', Labels: labels } };
  expect(fromDocker(json(answer))).toMatchObject({ name: 'shop', pod: 'shop-0', imageId: DIGEST, digest: '' });
  const stored = { ...answer, ImageManifestDescriptor: { digest: DIGEST, size: 1 } };
  expect(fromDocker(json([stored]))?.digest).toBe(DIGEST);
});

test('the container that only holds the namespaces of a pod', () => {
  const annotations = { 'io.kubernetes.cri.container-type': 'sandbox', 'io.kubernetes.cri.sandbox-name': 'shop-0' };
  expect(fromBundle(json({ annotations }))).toMatchObject({ name: 'POD', pod: 'shop-0', image: '' });
});

describe('pods', () => {
  const pod = {
    kind: 'Pod',
    metadata: { name: 'shop-0', namespace: 'web' },
    spec: { containers: [{ name: 'shop', image: 'shop:1.4' }], initContainers: [{ name: 'init', image: 'init:2' }] },
    status: {
      containerStatuses: [{ name: 'shop', image: DIGEST, imageID: `r/shop@${DIGEST}`, containerID: 'containerd://1' }],
      initContainerStatuses: [{ name: 'init', image: 'init:2', imageID: DIGEST, containerID: 'cri-o://2' }],
      ephemeralContainerStatuses: [{ name: 'debug', image: 'b', imageID: '', containerID: '' }],
    },
  };

  test('one, a list, and a page with more to come', () => {
    const containers = [
      { id: '1', name: 'shop', pod: 'shop-0', namespace: 'web', image: 'shop:1.4', digest: DIGEST },
      { id: '2', name: 'init', pod: 'shop-0', namespace: 'web', image: 'init:2', digest: '' },
    ];
    expect(fromPods(json(pod))).toEqual({ containers, next: '' });
    expect(fromPods(json({ kind: 'List', items: [pod, 7] }))).toEqual({ containers, next: '' });
    const page = { kind: 'PodList', metadata: { continue: 'x' }, items: [{ ...pod, kind: undefined }] };
    expect(fromPods(json(page))).toEqual({ containers, next: 'x' });
  });
});

test.each(['', 'null', '[]', '{}', '{"status": 1}', '{"kind": "Node"}', 'NAME READY'])(
  'what is no answer: %s',
  (text) => {
    expect([fromCri(text), fromDocker(text), fromBundle(text), fromPods(text), repoDigest(text, 'x')]).toEqual([
      null,
      null,
      null,
      null,
      '',
    ]);
  },
);
