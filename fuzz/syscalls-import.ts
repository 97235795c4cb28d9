/** Fuzz targets of what names containers and of what other tools recorded: files of theirs, paths, answers of runtimes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOfCgroup, pathInProc } from '../src/evidence/syscalls/cgroup.ts';
import { fromBundle, fromCri, fromDocker, fromPods, repoDigest } from '../src/evidence/syscalls/containers.ts';
import { readImportedSets } from '../src/evidence/syscalls/import/read.ts';
import { type FuzzTarget, textOf, utf8 } from './target.ts';

const MIB = 1024 * 1024;
const EXAMPLES = join(import.meta.dirname, '..', 'src', 'evidence', 'syscalls', 'import', 'testdata');
const ID = '34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376';
const DIGEST = `sha256:${'ab'.repeat(32)}`;

const example = (name: string): Uint8Array => readFileSync(join(EXAMPLES, name));
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Every answer's strings; what is too long for a name would fill reports. */
function checkStrings(facts: object | null): void {
  for (const value of Object.values(facts ?? {}))
    if (typeof value === 'string' && value.length > 8192) throw new Error(`a name of ${value.length} characters`);
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'imported-syscalls',
    seeds: () => [
      example('kubescape.yaml'),
      example('advise_seccomp.txt'),
      example('traceloop.jsonl'),
      utf8('{\n  "syscall": "read",\n  "k8s": {}\n}\n{\n  "syscall": "write",\n  "k8s": {}\n}\n'),
    ],
    // The tree of a YAML document has a node and its tokens, some hundred bytes each, for every few bytes.
    allowance: (size) => 64 * MIB + 16_384 * size,
    run(input) {
      for (const { syscalls, container } of readImportedSets(input, 'the input')) {
        if (syscalls.length === 0 || syscalls.length > 2000) throw new Error(`a set of ${syscalls.length}`);
        if (syscalls.some((name, at) => !/^[a-z][a-z0-9_]*$/.test(name) || name === syscalls[at - 1]))
          throw new Error('a name twice, or none');
        if (container.digest !== '' && !/^sha\d+:[0-9a-f]+$/.test(container.digest)) throw new Error('no digest');
        checkStrings(container);
      }
    },
  },
  {
    name: 'cgroup-path',
    seeds: () => [
      utf8(`/kubepods.slice/kubepods-pod74c13223_5a00_11e9_b385_42010a80018d.slice/cri-containerd-${ID}.scope`),
      utf8(`/docker/${ID}/kubelet/kubepods/burstable/pod74c13223-5a00-11e9-b385-42010a80018d/${ID}`),
      utf8(`4:memory:/docker/${ID}\n1:name=systemd:/init.scope\n0::/system.slice/shop\\x2dapi.service\n`),
    ],
    run(input) {
      const text = Buffer.from(input).toString('latin1');
      const path = pathInProc(text);
      for (const name of [nameOfCgroup(text), nameOfCgroup(path)]) {
        if (name.id !== '' && name.unit !== '') throw new Error('a container and a unit');
        if (name.podUid !== '' && !/^[0-9a-f-]{32,36}$/.test(name.podUid)) throw new Error('no uid');
      }
    },
  },
  {
    name: 'container-facts',
    seeds: () => [
      json({
        status: { metadata: { name: 'shop' }, image: { image: 'r/shop:1' }, imageRef: `r/shop@${DIGEST}`, labels: {} },
      }),
      json([{ Name: '/shop', Image: DIGEST, ImageDigest: DIGEST, Config: { Image: 'shop', Labels: null } }]),
      json({ annotations: { 'io.kubernetes.cri.container-name': 'shop', 'io.kubernetes.cri.image-name': 'r/shop:1' } }),
      json({
        kind: 'PodList',
        metadata: { continue: 'x' },
        items: [
          {
            metadata: { name: 'p', namespace: 'n' },
            spec: { containers: [{ name: 'c', image: 'i' }] },
            status: {
              containerStatuses: [{ name: 'c', image: 'i', imageID: `i@${DIGEST}`, containerID: `docker://${ID}` }],
            },
          },
        ],
      }),
      json({ RepoDigests: [`r/shop@${DIGEST}`] }),
    ],
    allowance: (size) => 16 * MIB + 2048 * size,
    run(input) {
      const text = textOf(input);
      for (const facts of [fromCri(text), fromDocker(text), fromBundle(text), ...(fromPods(text)?.containers ?? [])]) {
        if (facts !== null && facts.digest !== '' && !/^sha(256|512):[0-9a-f]+$/.test(facts.digest))
          throw new Error(`no digest: ${facts.digest}`);
        checkStrings(facts);
      }
      repoDigest(text, 'r/shop:1');
    },
  },
];
