import { expect, it } from 'vitest';
import type { ImportedSet } from '../../../evidence/syscalls/import/set.ts';
import { NEXT_DIGEST, SHOP_DIGEST } from '../../../testing/syscall-windows.ts';
import { profilesOfSets } from './imported.ts';
import { readProfile } from './read.ts';

const SET: ImportedSet = {
  container: {
    cgroup: '',
    id: '',
    name: 'api',
    pod: '',
    namespace: '',
    image: 'registry/shop:1.4',
    digest: SHOP_DIGEST,
    from: 'import',
  },
  workload: '',
  tool: 'kubescape',
  syscalls: ['close', 'openat'],
  fromStart: true,
  from: Number.NaN,
  to: Number.NaN,
  notes: [],
};
const NAMELESS: ImportedSet = { ...SET, container: { ...SET.container, digest: '' } };

it('makes profiles of sets without bands, which are not ready to judge a rate', () => {
  const { profiles, unnamed } = profilesOfSets([SET, { ...SET, syscalls: ['mmap'] }, NAMELESS], [], {
    digest: null,
    into: false,
  });
  expect(profiles.map(({ name }) => name)).toEqual(['api@3f2a9c01d4e7.yaml']);
  const profile = readProfile(profiles[0]?.text ?? '', 'p');
  expect(profile).toMatchObject({
    bands: {},
    known: { close: 'kubescape', mmap: 'kubescape', openat: 'kubescape' },
    learned: { ready: false },
  });
  expect(unnamed).toEqual([expect.stringContaining('kubescape does not tell the image digest of api')]);
});

it('adds to a profile that is there, and asks for a digest where nothing tells it', () => {
  const [made] = profilesOfSets([NAMELESS], [], { digest: NEXT_DIGEST, into: false }).profiles;
  const before = { path: 'p.yaml', text: `# ours\n${made?.text}`, profile: readProfile(made?.text ?? '', 'p') };
  const [again] = profilesOfSets([{ ...NAMELESS, syscalls: ['fsync', 'close'] }], [before], {
    digest: null,
    into: true,
  }).profiles;
  expect(again?.says).toContain('1 syscall known from kubescape');
  expect(again?.text).toMatch(/^# ours\n/);
  expect(() => profilesOfSets([NAMELESS], [], { digest: null, into: false })).toThrow(/give --digest/);
  expect(() => profilesOfSets([NAMELESS], [], { digest: 'sha256:12', into: false })).toThrow(/64 hex digits/);
});
