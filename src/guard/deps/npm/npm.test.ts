import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type NpmRegistry, type Published, startNpmRegistry } from '../../../testing/npm-registry.ts';
import { createHttp } from '../../http/create.ts';
import type { Http } from '../../http/http.ts';
import type { GuardContext, PartResult } from '../../part.ts';
import { guardDeps } from '../deps.ts';
import { depsSettings } from '../settings.ts';
import type { DepsFacts } from '../verdict.ts';

let registry: NpmRegistry;
let http: Http;
let directory: string;
const NOW = new Date('2026-01-01T00:00:00.000Z');

beforeAll(async () => {
  registry = await startNpmRegistry();
  http = createHttp({ pauseMs: 1 });
});
afterAll(async () => {
  http.close();
  await registry.close();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hemostat-npm-'));
});
afterEach(async () => {
  registry.intercept = null;
  registry.servesKeys = true;
  registry.versionDocuments = true;
  await rm(directory, { recursive: true, force: true });
});

type Entry = Readonly<Record<string, unknown>>;

function entryOf(published: Published, more: Entry = {}): Entry {
  return { version: published.version, resolved: published.tarball, integrity: published.integrity, ...more };
}

interface Options {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly offline?: boolean;
  readonly allow?: readonly unknown[];
  readonly root?: Entry;
  readonly now?: Date;
  /** Instead of a lock file made of the entries. */
  readonly text?: string;
}

async function guard(entries: Readonly<Record<string, Entry>>, options: Options = {}): Promise<PartResult<DepsFacts>> {
  const lock = { name: 'x', lockfileVersion: 3, packages: { '': { name: 'x', ...options.root }, ...entries } };
  await writeFile(join(directory, 'package-lock.json'), options.text ?? JSON.stringify(lock, null, 2));
  await writeFile(join(directory, 'root.json'), JSON.stringify(registry.sigstore.trustedRoot));
  const context: GuardContext = {
    http,
    cwd: directory,
    cacheDir: join(directory, 'cache'),
    now: () => options.now ?? NOW,
    offline: options.offline ?? false,
    progress: () => {},
    env: { HOME: directory },
  };
  const npm = { registries: { default: registry.url }, 'trusted-root': 'root.json', ...options.settings };
  return guardDeps(depsSettings.parse({ npm, allow: options.allow }), context);
}

/** `rule verdict severity` of each finding. */
function told({ findings }: PartResult<DepsFacts>): string[] {
  return findings.map(({ rule, verdict, severity }) => `${rule} ${verdict} ${severity}`);
}

function verdicts({ facts }: PartResult<DepsFacts>): Record<string, string> {
  return Object.fromEntries(facts.entries.map(({ name, verdict }) => [name, verdict]));
}

const identity = (repository: string, workflow = 'release.yml') => ({
  repository,
  workflow: `${repository}/.github/workflows/${workflow}@refs/tags/v1`,
});

test('a signed package with provenance is verified, and again from the cache without the network', async () => {
  const good = registry.publish({
    name: '@scope/good',
    version: '1.0.0',
    provenance: identity('https://github.com/o/good'),
  });
  const entries = { 'node_modules/@scope/good': entryOf(good) };
  const first = await guard(entries);
  expect(first.failures).toEqual([]);
  expect(first.findings).toEqual([]);
  expect(first.tally).toContainEqual({ name: 'verified', count: 1 });
  expect(first.facts.entries[0]?.line).toBe(8);
  const cache = join(directory, 'cache', 'npm-verified.json');
  expect((await stat(cache)).mode & 0o777).toBe(0o600);
  expect(await readFile(cache, 'utf8')).toContain('https://github.com/o/good');

  registry.requests.length = 0;
  const offline = await guard(entries, { offline: true });
  expect(verdicts(offline)).toEqual({ '@scope/good': 'verified' });
  expect(registry.requests).toEqual([]);

  await writeFile(cache, '{"schema":"hemostat/npm-verified@1","known":{"a":');
  const damaged = await guard(entries, { offline: true });
  expect(verdicts(damaged)).toEqual({ '@scope/good': 'unverifiable-source' });
  expect(told(damaged)).toEqual(['deps-unverifiable-source suspected medium']);
  expect(damaged.failures).toEqual([
    "1 of 1 entries could not be verified without the network (--offline), and were not verified before: run it once with the network, or restore hemostat's cache.",
  ]);
  const known = [{ package: 'npm:@scope/good@1.*', rules: ['deps-unverifiable-source'], reason: 'seen by hand' }];
  const allowed = await guard(entries, { offline: true, allow: known });
  expect([allowed.failures, allowed.notes]).toEqual([[], []]);
});

test('a key that is no longer served is not trusted from the cache', async () => {
  const good = registry.publish({ name: 'rotated', version: '1.0.0' });
  const entries = { 'node_modules/rotated': entryOf(good) };
  await guard(entries);
  const other = await startNpmRegistry();
  try {
    await writeFile(join(directory, 'keys.json'), JSON.stringify(other.keys));
    const after = await guard(entries, { settings: { 'keys-file': 'keys.json' } });
    expect(verdicts(after)).toEqual({ rotated: 'no-keys' });
    const offline = await guard(entries, { settings: { 'keys-file': 'keys.json' }, offline: true });
    expect(verdicts(offline)).toEqual({ rotated: 'unverifiable-source' });
  } finally {
    await other.close();
  }
});

test('each attack on the lock file is told from the others', async () => {
  const good = registry.publish({ name: 'left', version: '1.0.0' });
  const evil = registry.publish({ name: 'evil', version: '6.6.6', files: { 'x.js': 'steal()' } });
  const other = registry.publish({ name: 'left', version: '2.0.0' });
  const cases: readonly [string, Entry, string, string][] = [
    [
      'tarball and hash of another package',
      entryOf(good, { resolved: evil.tarball, integrity: evil.integrity }),
      'invalid',
      'deps-tarball-redirected confirmed critical',
    ],
    [
      'tarball of another version',
      entryOf(good, { resolved: other.tarball }),
      'invalid',
      'deps-tarball-redirected confirmed critical',
    ],
    [
      'another host',
      entryOf(good, { resolved: 'http://203.0.113.7/left/-/left-1.0.0.tgz' }),
      'invalid',
      'deps-tarball-redirected confirmed critical',
    ],
    [
      'a git repository',
      entryOf(good, { resolved: 'git+ssh://git@github.com/x/left.git#abc' }),
      'invalid',
      'deps-tarball-redirected confirmed critical',
    ],
    ['wrong hash', entryOf(good, { integrity: evil.integrity }), 'invalid', 'deps-integrity-mismatch proven critical'],
    [
      'a second hash',
      entryOf(good, { integrity: `${good.integrity} ${evil.integrity}` }),
      'invalid',
      'deps-integrity-mismatch proven critical',
    ],
    [
      'a hash of a stronger kind',
      entryOf(good, { integrity: `${good.integrity} sha3_512-${evil.integrity.slice(7)}` }),
      'invalid',
      'deps-integrity-mismatch proven critical',
    ],
    [
      'no hash',
      { version: '1.0.0', resolved: good.tarball },
      'unverifiable-source',
      'deps-missing-integrity confirmed high',
    ],
    [
      'SHA-1 only',
      entryOf(good, { integrity: `sha1-${Buffer.from(good.shasum, 'hex').toString('base64')}` }),
      'unsigned',
      'deps-weak-integrity confirmed medium',
    ],
    [
      'an alias nobody asked for',
      { name: 'evil', ...entryOf(evil) },
      'invalid',
      'deps-undeclared-alias confirmed critical',
    ],
    [
      'inBundle without a bundle',
      { version: '1.0.0', inBundle: true },
      'unverifiable-source',
      'deps-missing-integrity confirmed high',
    ],
    ['a version that is none', entryOf(good, { version: '../1' }), 'invalid', 'deps-malformed-entry confirmed high'],
    [
      'a hash that is none',
      entryOf(good, { integrity: 'sha512-AAAA' }),
      'invalid',
      'deps-malformed-entry confirmed high',
    ],
    [
      'a version that the registry does not have',
      entryOf(good, { version: '9.9.9', resolved: undefined }),
      'unverifiable-source',
      'deps-unverifiable-source confirmed high',
    ],
  ];
  for (const [what, entry, verdict, finding] of cases) {
    const result = await guard({ 'node_modules/left': entry });
    expect([what, result.facts.entries.map((found) => found.verdict), told(result)]).toEqual([
      what,
      [verdict],
      [finding],
    ]);
  }
});

test('a dependency that was written into the lock file is told, though it is signed', async () => {
  const dependencies = { lib: '^1.0.0' };
  const good = registry.publish({
    name: 'has-deps',
    version: '1.0.0',
    manifest: { dependencies, peerDependencies: { p: '*' } },
  });
  const lib = registry.publish({ name: 'lib', version: '1.0.0' });
  const evil = registry.publish({ name: 'lib-evil', version: '1.0.0' });
  const honest = {
    'node_modules/has-deps': entryOf(good, { dependencies, peerDependencies: { p: '*' } }),
    'node_modules/lib': entryOf(lib),
  };
  expect(told(await guard(honest))).toEqual([]);
  // From the cache, too.
  expect(told(await guard(honest))).toEqual([]);
  const attacked = {
    ...honest,
    'node_modules/has-deps': entryOf(good, { dependencies: { ...dependencies, 'lib-evil': '1.0.0' } }),
    'node_modules/lib-evil': entryOf(evil),
  };
  const result = await guard(attacked);
  expect(told(result)).toEqual(['deps-undeclared-dependency confirmed critical']);
  expect(result.findings[0]?.title).toContain('lib-evil@1.0.0');
});

test('what is downloaded, or stands in for another package, is no workspace', async () => {
  const evil = registry.publish({ name: 'evil-workspace', version: '1.0.0' });
  const result = await guard(
    {
      'packages/a': entryOf(evil),
      'node_modules/a': { resolved: 'packages/a', link: true },
      'packages/b': { name: '@own/b', version: '1.0.0' },
      'node_modules/@own/b': { resolved: 'packages/b', link: true },
      'node_modules/lodash': { resolved: 'packages/b', link: true },
    },
    { root: { workspaces: ['packages/*'] } },
  );
  expect(result.facts.entries.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['packages/a', 'invalid'],
    ['a', 'invalid'],
    ['lodash', 'invalid'],
  ]);
  expect(result.notes[0]).toContain('1 workspaces');
});

test('what the registry signs wrongly or not at all is told', async () => {
  const late = new Date('2025-06-01T00:00:00Z');
  const entries = {
    'node_modules/none': entryOf(registry.publish({ name: 'none', version: '1.0.0', signature: 'none' })),
    'node_modules/wrong': entryOf(registry.publish({ name: 'wrong', version: '1.0.0', signature: 'wrong' })),
    'node_modules/unknown': entryOf(registry.publish({ name: 'unknown', version: '1.0.0', signature: 'unknown' })),
    'node_modules/old': entryOf(
      registry.publish({ name: 'old', version: '1.0.0', signature: 'expired', published: new Date('2024-01-01') }),
    ),
    'node_modules/late': entryOf(
      registry.publish({ name: 'late', version: '1.0.0', signature: 'expired', published: late }),
    ),
  };
  for (const settings of [{}, { provenance: false, 'cool-down-days': 0 }]) {
    const result = await guard(entries, { settings });
    expect(verdicts(result)).toEqual({
      none: 'unsigned',
      wrong: 'invalid',
      unknown: 'no-keys',
      old: 'verified',
      late: 'no-keys',
    });
    expect(told(result).sort()).toEqual([
      'deps-expired-key confirmed high',
      'deps-invalid-signature proven critical',
      'deps-no-keys confirmed high',
      'deps-unsigned confirmed high',
    ]);
    expect(result.tally.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    await rm(join(directory, 'cache'), { recursive: true, force: true });
  }
});

test('attestations about other bytes, or changed after signing, make an entry invalid', async () => {
  const provenance = identity('https://github.com/o/a');
  const entries = {
    'node_modules/other': entryOf(
      registry.publish({ name: 'other', version: '1.0.0', provenance, attestation: 'other-bytes' }),
    ),
    'node_modules/forged': entryOf(
      registry.publish({ name: 'forged', version: '1.0.0', provenance, attestation: 'forged' }),
    ),
  };
  const result = await guard(entries);
  expect(verdicts(result)).toEqual({ other: 'invalid', forged: 'invalid' });
  expect(told(result)).toEqual([
    'deps-invalid-attestation proven critical',
    'deps-invalid-attestation proven critical',
  ]);
  const stranger = await startNpmRegistry();
  await writeFile(join(directory, 'other-root.json'), JSON.stringify(stranger.sigstore.trustedRoot));
  await stranger.close();
  const good = registry.publish({ name: 'good-elsewhere', version: '1.0.0', provenance });
  const untrusted = await guard(
    { 'node_modules/good-elsewhere': entryOf(good) },
    { settings: { 'trusted-root': 'other-root.json' } },
  );
  expect(told(untrusted)).toEqual(['deps-invalid-attestation proven critical']);
});

test('provenance that went away, a changed repository and workflow, and young versions are told', async () => {
  const at = (day: number) => new Date(Date.UTC(2025, 5, day));
  const from = identity('https://github.com/o/a');
  registry.publish({ name: 'gone', version: '1.0.0', provenance: from, published: at(1) });
  const gone = registry.publish({ name: 'gone', version: '1.0.1', published: at(2) });
  registry.publish({ name: 'moved', version: '1.0.0', provenance: from, published: at(1) });
  const moved = registry.publish({
    name: 'moved',
    version: '1.0.1',
    provenance: identity('https://github.com/evil/a'),
    published: at(2),
  });
  registry.publish({ name: 'flow', version: '1.0.0', provenance: from, published: at(1) });
  const flow = registry.publish({
    name: 'flow',
    version: '1.0.1',
    provenance: identity('https://github.com/o/a', 'pr.yml'),
    published: at(2),
  });
  const young = registry.publish({ name: 'young', version: '1.0.0', published: new Date(NOW.getTime() - 86_400_000) });
  const same = registry.publish({ name: 'same', version: '1.0.1', provenance: from, published: at(2) });
  registry.publish({ name: 'same', version: '1.0.0', provenance: from, published: at(1) });
  const entries = {
    'node_modules/gone': entryOf(gone),
    'node_modules/moved': entryOf(moved),
    'node_modules/flow': entryOf(flow),
    'node_modules/young': entryOf(young),
    'node_modules/same': entryOf(same),
  };
  const expected = [
    'deps-source-changed proven high',
    'deps-source-changed proven medium',
    'deps-provenance-downgrade confirmed high',
    'deps-cool-down suspected medium',
  ];
  expect(told(await guard(entries))).toEqual(expected);
  // What was said is said again: only what is clear is taken from the cache.
  const again = await guard(entries);
  expect(told(again)).toEqual(expected);
  expect(again.tally[0]).toEqual({ name: 'verified', count: 5 });
  expect(told(await guard(entries, { now: new Date('2026-02-01') }))).not.toContain('deps-cool-down suspected medium');
});

test('git, files and links that a dependent asks for are unverifiable, bundled packages as good as their bundle', async () => {
  const host = registry.publish({ name: 'host', version: '1.0.0', manifest: { bundleDependencies: ['inner'] } });
  const plain = registry.publish({ name: 'plain', version: '1.0.0' });
  const aliased = registry.publish({ name: 'aliased', version: '1.0.0' });
  const result = await guard(
    {
      'node_modules/host': entryOf(host, { bundleDependencies: ['inner'] }),
      'node_modules/host/node_modules/inner': { version: '3.0.0', inBundle: true },
      'node_modules/plain': entryOf(plain, { bundleDependencies: ['sneaky'] }),
      'node_modules/plain/node_modules/sneaky': { version: '3.0.0', inBundle: true },
      'node_modules/other-name': { name: 'aliased', ...entryOf(aliased) },
      'node_modules/git': { version: '1.0.0', resolved: 'git+ssh://git@github.com/o/git.git#0123' },
      'node_modules/outside': { resolved: '../outside', link: true },
      '../outside': { version: '1.0.0' },
      'node_modules/own': { resolved: 'packages/own', link: true },
      'packages/own': { version: '1.0.0' },
    },
    {
      root: {
        workspaces: ['packages/*'],
        dependencies: { git: 'o/git', 'other-name': 'npm:aliased@^1', outside: 'file:../outside' },
      },
    },
  );
  expect(verdicts(result)).toEqual({
    host: 'verified',
    inner: 'verified',
    plain: 'verified',
    sneaky: 'invalid',
    aliased: 'verified',
    git: 'unverifiable-source',
    outside: 'unverifiable-source',
  });
  expect(result.notes).toContain("package-lock.json: 1 workspaces are the project's own and count as no entries.");
});

test('a registry that serves no keys, no signatures or no version documents', async () => {
  const signed = registry.publish({ name: 'signed', version: '1.0.0' });
  const bare = registry.publish({ name: 'bare', version: '1.0.0', signature: 'none' });
  registry.servesKeys = false;
  registry.versionDocuments = false;
  const result = await guard(
    { 'node_modules/signed': entryOf(signed), 'node_modules/bare': entryOf(bare) },
    { settings: { provenance: false, 'cool-down-days': 0 } },
  );
  expect(verdicts(result)).toEqual({ signed: 'no-keys', bare: 'unsigned' });
  await writeFile(join(directory, 'keys.json'), JSON.stringify(registry.keys));
  const pinned = await guard({ 'node_modules/signed': entryOf(signed) }, { settings: { 'keys-file': 'keys.json' } });
  expect(verdicts(pinned)).toEqual({ signed: 'verified' });
});

test('hostile registries end in one sentence, and the entry is counted', async () => {
  const good = registry.publish({ name: 'good', version: '1.0.0' });
  const hostile: readonly [string, NonNullable<NpmRegistry['intercept']>][] = [
    ['in a circle', (_, response) => void response.writeHead(302, { location: '/again' }).end() === undefined],
    [
      'bytes',
      (_, response) => {
        response.writeHead(200);
        const chunk = Buffer.alloc(1 << 20, 0x20);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
        return true;
      },
    ],
    [
      'not good@1.0.0',
      (_, response) =>
        void response.end('{"name":"evil","versions":{"1.0.0":{"name":"evil","version":"1.0.0"}}}') === undefined,
    ],
    ['not JSON', (_, response) => void response.end('<html>') === undefined],
    ['500', (_, response) => void response.writeHead(500).end() === undefined],
  ];
  for (const [says, intercept] of hostile) {
    registry.intercept = (request, response) => (request.url?.endsWith('keys') ? false : intercept(request, response));
    const result = await guard(
      { 'node_modules/good': entryOf(good) },
      { settings: { provenance: false, 'cool-down-days': 0 } },
    );
    expect([says, result.tally.at(-1)]).toEqual([says, { name: 'unverifiable-source', count: 1 }]);
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]).toContain(says);
  }
});

test('tokens of .npmrc go to their registry and into no output', async () => {
  const good = registry.publish({ name: '@private/a', version: '1.0.0' });
  const seen: (string | undefined)[] = [];
  registry.intercept = (request) => {
    seen.push(request.headers.authorization);
    return false;
  };
  const { host } = new URL(registry.url);
  await writeFile(
    join(directory, '.npmrc'),
    `@private:registry=${registry.url}\n//${host}/:_authToken=\${HOME}-s3cret\n`,
  );
  const result = await guard({ 'node_modules/@private/a': entryOf(good) }, { settings: { registries: {} } });
  expect(result.tally[0]).toEqual({ name: 'verified', count: 1 });
  expect(new Set(seen)).toEqual(new Set([`Bearer ${directory}-s3cret`]));
  expect(JSON.stringify(result)).not.toContain('s3cret');
  expect(await readFile(join(directory, 'cache', 'npm-verified.json'), 'utf8')).not.toContain('s3cret');
});

test('exceptions clear findings with their reason, and say when they are over or needless', async () => {
  const bare = registry.publish({ name: 'bare2', version: '1.0.0', signature: 'none' });
  await guard({ 'node_modules/bare2': entryOf(bare) });
  const context = {
    http,
    cwd: directory,
    cacheDir: join(directory, 'cache'),
    now: () => NOW,
    offline: false,
    progress: () => {},
    env: { HOME: directory },
  };
  const allow = (until: string) => [{ package: 'npm:bare*@1.*', rules: ['deps-unsigned'], reason: 'ours', until }];
  const npm = { registries: { default: registry.url } };
  const cleared = await guardDeps(depsSettings.parse({ npm, allow: allow('2026-01-01') }), context);
  expect(told(cleared)).toEqual(['deps-unsigned cleared info']);
  expect(cleared.tally).toContainEqual({ name: 'unsigned', count: 1 });
  const over = await guardDeps(depsSettings.parse({ npm, allow: allow('2025-12-31') }), context);
  expect(told(over)).toEqual(['deps-unsigned confirmed high']);
  expect(over.notes.join()).toContain('was over on 2025-12-31');
});
