import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Band, BaselineProfile } from '../model.ts';
import { commentsOf } from './comments.ts';
import { readProfiles } from './directory.ts';
import { profileFileName } from './file-name.ts';
import { readProfile } from './read.ts';
import { profileJsonSchema } from './schema.ts';
import { updateProfile } from './update.ts';
import { writeProfile } from './write.ts';

const DIGEST = `sha256:${'3f2a9c01d4e7'.padEnd(64, '0')}`;

const SHOP: BaselineProfile = {
  key: { digest: DIGEST, container: 'api' },
  image: 'registry:5000/shop:1.4',
  parent: { digest: `sha256:${'a'.repeat(64)}`, container: 'api' },
  learned: {
    from: Date.UTC(2026, 10, 22, 8),
    to: Date.UTC(2026, 10, 23, 8),
    minutes: 1434,
    excluded: 6,
    instances: 3,
    windowMs: 60_000,
    windows: 1434,
    onlyOnce: 1,
    hoursOfDay: 24,
    ready: true,
  },
  loadMetric: 'requests',
  bands: {
    openat: { normal: [12, 89], anomalous: 150, source: 'tracepoint', by: 'quantile' },
    accept4: {
      normal: [60, 3000],
      anomalous: 4100,
      source: 'tracepoint',
      by: 'quantile',
      load: { base: 2.5, perUnit: 1, noise: 0.12 },
      recent: { times: 1.5, noise: 0.2 },
    },
    execve: { normal: [0, 1], anomalous: 5, source: 'tracepoint', by: 'poisson' },
    connect: { normal: [0, 20], anomalous: 40, source: 'manual', by: 'manual' },
  },
  known: { arch_prctl: 'start-up' },
  allowed: ['statx', 'getrandom'],
  notes: ['2 windows lost events: counts are lower bounds'],
};

const TEXT = `# Syscalls of one container in calls per minute. Made by hemostat guard baseline learn; meant to be reviewed and edited.
# A band with \`by: manual\` and the list \`allowed\` stay as they are when the profile is learned again (--update).
schema: hemostat/syscall-baseline@1
image: registry:5000/shop:1.4
digest: ${DIGEST}
container: api
parent:
  digest: sha256:${'a'.repeat(64)}
  container: api
learned:
  from: 2026-11-22T08:00:00.000Z
  to: 2026-11-23T08:00:00.000Z
  minutes: 1434
  excluded: 6
  instances: 3
  window-seconds: 60
  windows: 1434
  only-once: 1
  hours-of-day: 24
  ready: true
load-metric: requests
allowed:
  - getrandom
  - statx
known:
  arch_prctl: start-up
syscalls:
  accept4: {normal: [60, 3000], anomalous: 4100, source: tracepoint, load: {base: 2.5, per-unit: 1, noise: 0.12}, recent: {times: 1.5, noise: 0.2}}
  connect: {normal: [0, 20], anomalous: 40, source: manual, by: manual}
  execve: {normal: [0, 1], anomalous: 5, source: tracepoint, by: poisson}
  openat: {normal: [12, 89], anomalous: 150, source: tracepoint}
notes:
  - "2 windows lost events: counts are lower bounds"
`;

const rate = fc.double({ min: 0, max: 1e12, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
const syscall = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
const digest = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  fc.string({ minLength: 1, unit: 'grapheme' }).map((name) => `exe:${name}`),
);
const key = fc.record({ digest, container: fc.string({ unit: 'grapheme' }) });
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string(),
  fc.constantFrom('', 'yes', '- a', 'a: b', '# x', '1e3', "'", '…', '\u2028'),
);
const moment = fc.oneof(fc.integer({ min: 0, max: Date.UTC(2200, 0) }), fc.constant(Number.NaN));
const band: fc.Arbitrary<Band> = fc
  .record({
    ends: fc.tuple(rate, rate),
    over: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    source: fc.oneof(
      fc.constantFrom('tracepoint', 'perf-trace', 'strace', 'import'),
      anyText.filter((text) => text !== ''),
    ),
    by: fc.constantFrom('quantile' as const, 'poisson' as const, 'manual' as const),
    load: fc.option(fc.record({ base: rate, perUnit: rate, noise: rate }), { nil: undefined }),
    recent: fc.option(fc.record({ times: rate.map((value) => value + 1), noise: rate }), { nil: undefined }),
  })
  .map(({ ends: [a, b], over, source, by, load, recent }) => {
    const normal: readonly [number, number] = [Math.min(a, b), Math.max(a, b)];
    return {
      normal,
      anomalous: (normal[1] + over) * 1.5,
      source,
      by,
      ...(load === undefined ? {} : { load }),
      ...(recent === undefined ? {} : { recent }),
    };
  });
const profile: fc.Arbitrary<BaselineProfile> = fc.record({
  key,
  image: anyText,
  parent: fc.option(key),
  learned: fc.record({
    from: moment,
    to: moment,
    minutes: rate,
    excluded: rate,
    instances: fc.nat(),
    windowMs: fc.oneof(fc.nat(), fc.constant(Number.NaN)),
    windows: fc.nat(),
    onlyOnce: fc.nat(),
    hoursOfDay: fc.integer({ min: 0, max: 24 }),
    ready: fc.boolean(),
  }),
  loadMetric: fc.option(fc.string({ minLength: 1, unit: 'grapheme' })),
  bands: fc.dictionary(syscall, band, { noNullPrototype: true }),
  known: fc.dictionary(syscall, fc.string({ minLength: 1 }), { noNullPrototype: true }),
  allowed: fc.uniqueArray(syscall).map((names) => names.sort()),
  notes: fc.array(anyText),
});

describe('a profile in YAML', () => {
  it('is one syscall a line, sorted, as people review it', () => {
    expect(writeProfile(SHOP)).toBe(TEXT);
  });

  it('comes back exactly, whatever stands in it', () => {
    fc.assert(
      fc.property(profile, (one) => {
        const text = writeProfile(one);
        expect(readProfile(text, 'p.yaml')).toEqual(one);
        expect(writeProfile(readProfile(text, 'p.yaml'))).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('is YAML 1.1 with the same meaning too: bare words that are booleans there are quoted', () => {
    const text = writeProfile({ ...SHOP, image: 'on', notes: ['yes', 'no'], key: { digest: 'exe:y', container: 'n' } });
    expect(parse(text, { version: '1.1' })).toMatchObject({ image: 'on', container: 'n', notes: ['yes', 'no'] });
  });

  it.each([
    [
      'schema: hemostat/syscall-baseline@2',
      9,
      /^schema must be one of hemostat\/syscall-baseline@1 and not "hemostat\/syscall-baseline@2"$/,
    ],
    [
      '  openat: {normal: [89, 12], anomalous: 150, source: tracepoint}',
      20,
      /^syscalls\.openat\.normal must have the smaller number first: \[12, 89\]$/,
    ],
    [
      '  openat: {normal: [12, 89], anomalous: 80, source: tracepoint}',
      41,
      /anomalous must be above 89, the upper end of normal, and not 80$/,
    ],
    ['  openat: {normal: 12, anomalous: 80}', 20, /normal must be two numbers/],
    [
      '  openat: {normal: [12, 89], anomalos: 150}',
      30,
      /anomalos is not known in syscalls\.openat \(did you mean anomalous\?\)/,
    ],
    ['  openat: {normal: [12, .nan], anomalous: 150}', 25, /must be a number/],
    ['  OpenAt: {normal: [12, 89], anomalous: 150}', 3, /^OpenAt must be the name of a syscall, as in: openat$/],
    ['digest: 3f2a', 9, /^digest must be the digest of an image/],
    ['  minutes: many', 12, /^learned\.minutes must be a number and not "many"$/],
    ['  from: yesterday', 9, /^learned\.from must be a time, as in 2026-/],
    ['  ready: ', 10, /^learned\.ready must be true or false, and has no value$/],
    ['container: {}', 12, /^container must be a text$/],
  ])('says what is wrong with %j, and where', (line, column, says) => {
    const key = /^ *\w+:/.exec(line)?.[0].toLowerCase() ?? '';
    const lines = TEXT.split('\n');
    const at = lines.findIndex((one) => one.startsWith(key));
    const found = /^p\.yaml:(\d+):(\d+): (.*)$/s.exec(sentence(lines.with(at, line).join('\n')));
    expect(found?.[3]).toMatch(says);
    expect([Number(found?.[1]), Number(found?.[2])], found?.[0]).toEqual([at + 1, column]);
  });

  it('names the lines of further mistakes', () => {
    const text = TEXT.replace('minutes: 1434', 'minutes: x')
      .replace('ready: true', 'ready: 2')
      .replace('[0, 1]', '[1, 0]');
    expect(sentence(text)).toMatch(/^p\.yaml:13:12: learned\.minutes .*; more is wrong in lines 20, 30$/);
  });

  it('takes no syscall twice', () => {
    expect(sentence(TEXT.replace('execve:', 'connect:'))).toMatch(/^p\.yaml:30:3: Map keys must be unique/);
  });

  it('takes a band without source for one that a person wrote', () => {
    const text = TEXT.replace(', source: manual, by: manual', '');
    expect(readProfile(text, 'p').bands.connect).toEqual(SHOP.bands.connect);
  });
});

function sentence(text: string): string {
  try {
    readProfile(text, 'p.yaml');
  } catch (error) {
    return error instanceof Error && error.name === 'GuardUsageError' ? error.message : String(error);
  }
  return 'nothing is wrong';
}

describe('learning again', () => {
  const learned: BaselineProfile = {
    ...SHOP,
    parent: null,
    allowed: [],
    bands: {
      openat: { normal: [14, 93], anomalous: 160, source: 'tracepoint', by: 'quantile' },
      connect: { normal: [0, 7], anomalous: 12, source: 'tracepoint', by: 'quantile' },
      accept4: { normal: [60, 3000], anomalous: 4100, source: 'tracepoint', by: 'quantile' },
    },
  };

  it('keeps what a person decided, and takes the rest from what was seen', () => {
    const updated = updateProfile(SHOP, learned);
    expect(updated.bands).toEqual({ ...learned.bands, connect: SHOP.bands.connect });
    expect(updated.allowed).toEqual(['getrandom', 'statx']);
    expect(updated.parent).toEqual(SHOP.parent);
  });

  it('keeps comments with the lines that they speak of', () => {
    const edited = TEXT.replace('# Syscalls of', '# Reviewed by the shop team.\n# Syscalls of')
      .replace('  - statx', '  # musl only\n  - statx # from 1.5 on')
      .replace('  accept4', '  # one per request\n\n  # second\n  accept4')
      .replace('  openat: {normal: [12, 89], anomalous: 150, source: tracepoint}', '$& # templates are read anew')
      .replace('  execve', '  # never in production\n  execve')
      .replace('ready: true', 'ready: true # looked at\n  # nothing else')
      .replace('notes:', '# what it said\nnotes:')
      .concat('# the end\n');
    const updated = writeProfile(updateProfile(readProfile(edited, 'p'), learned), commentsOf(edited));
    expect(writeProfile(readProfile(edited, 'p'), commentsOf(edited))).toBe(edited);
    for (const line of [
      '# Reviewed by the shop team.',
      '  # one per request',
      '  openat: {normal: [14, 93], anomalous: 160, source: tracepoint} # templates are read anew',
      '  - statx # from 1.5 on',
      '# the end',
    ])
      expect(updated.split('\n')).toContain(line);
    // What it spoke of is gone.
    expect(updated).not.toContain('never in production');
    expect(readProfile(updated, 'p')).toEqual(updateProfile(SHOP, learned));
  });
});

describe('a directory of profiles', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hemostat-profiles-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has one file per key, with names that no key can lead out of it', () => {
    expect(profileFileName(SHOP.key)).toBe('api@3f2a9c01d4e7.yaml');
    expect(profileFileName({ digest: 'exe:shop', container: 'shop' })).toBe('shop@exe.yaml');
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [one, two] = [profileFileName(a), profileFileName(b)];
        expect(one).toMatch(/^[A-Za-z0-9_@][A-Za-z0-9._@-]{0,80}\.yaml$/);
        expect(one === two).toBe(a.digest === b.digest && a.container === b.container);
      }),
    );
  });

  it('says when there is nothing to go by, and when two files are of one key', () => {
    expect(() => readProfiles(dir)).toThrow(/holds no profile/);
    expect(() => readProfiles(join(dir, 'none'))).toThrow(/cannot be read \(ENOENT\)/);
    writeFileSync(join(dir, 'a.yaml'), TEXT);
    expect(readProfiles(dir).map(({ profile }) => profile)).toEqual([{ ...SHOP, allowed: ['getrandom', 'statx'] }]);
    writeFileSync(join(dir, 'b.yml'), TEXT);
    expect(() => readProfiles(dir)).toThrow(/a\.yaml and b\.yml are both profiles of api of sha256:3f2a/);
  });
});

it('is published as a schema that is up to date and takes a profile', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/schema/baseline.schema.json'), 'utf8');
  const schema: object = JSON.parse(text);
  expect(schema, 'node scripts/config-schema.ts writes it').toEqual(JSON.parse(profileJsonSchema()));
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  expect(ajv.validate(schema, parse(TEXT)), JSON.stringify(ajv.errors)).toBe(true);
  expect(ajv.validate(schema, { ...parse(TEXT), digest: 'x' })).toBe(false);
});
