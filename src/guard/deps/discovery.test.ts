/** What a pull request can do to a project so that its lock files are not looked at, or are looked at with keys of its own choice. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type NpmRegistry, startNpmRegistry } from '../../testing/npm-registry.ts';
import { detect } from '../gate/detect.ts';
import { planOf } from '../gate/plan.ts';
import { NO_GATE } from '../gate/read.ts';
import { createHttp } from '../http/create.ts';
import type { PartResult } from '../part.ts';
import { guardDeps } from './deps.ts';
import { depsSettings } from './settings.ts';
import type { DepsFacts } from './verdict.ts';

const http = createHttp();
let evil: NpmRegistry;
let root: string;
let lock: string;
const made: string[] = [];

beforeAll(async () => {
  evil = await startNpmRegistry();
  const { tarball, integrity, version } = evil.publish({ name: 'left', version: '1.0.0' });
  const packages = { '': { name: 'x' }, 'node_modules/left': { version, resolved: tarball, integrity } };
  lock = JSON.stringify({ name: 'x', lockfileVersion: 3, packages });
});
afterAll(async () => {
  http.close();
  await evil.close();
});
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function project(files: Readonly<Record<string, string>>): string {
  root = mkdtempSync(join(tmpdir(), 'hemostat-discovery-'));
  made.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

function look(settings: Readonly<Record<string, unknown>> = {}, npm: Readonly<Record<string, unknown>> = {}) {
  return guardDeps(depsSettings.parse({ npm: { provenance: false, 'cool-down-days': 0, ...npm }, ...settings }), {
    http,
    cwd: root,
    cacheDir: join(root, '.cache'),
    now: () => new Date(),
    offline: false,
    progress: () => undefined,
    env: { HOME: join(root, '.home'), GOMODCACHE: join(root, '.none') },
  });
}

/** Whether a gate without configuration looks at dependencies at all. */
const runs = (): boolean => planOf(NO_GATE.config, new Set(), detect(root), ASKED).parts.includes('deps');
const ASKED = { only: [], skip: [], image: false };
const blocking = ({ findings }: PartResult<DepsFacts>): string[] =>
  findings.filter(({ severity }) => severity === 'high' || severity === 'critical').map(({ rule }) => rule);

test('a lock file behind a link is read', async () => {
  project({ 'elsewhere.json': lock, '.npmrc': `registry=${evil.url}\n`, 'go.sum': '' });
  symlinkSync('elsewhere.json', join(root, 'package-lock.json'));
  expect((await look()).facts.entries).toHaveLength(1);
});

test('a lock file that never ends is no lock file', async () => {
  project({ 'go.sum': '' });
  symlinkSync('/dev/zero', join(root, 'package-lock.json'));
  expect((await look()).failures.join()).toMatch(/package-lock\.json is no file/);
});

test('a lock file is found however deep it lies', async () => {
  const deep = 'a/b/c/d/e/f/g/h/i/j';
  project({ [`${deep}/package-lock.json`]: lock, [`${deep}/.npmrc`]: `registry=${evil.url}\n`, 'go.sum': '' });
  expect([(await look()).facts.entries.length, runs()]).toEqual([1, true]);
});

test.each([
  ['is taken away', { 'package.json': '{"dependencies":{"left":"1"}}' }, /asks for 1 package, and no lock file/],
  ['becomes one of yarn', { 'yarn.lock': '' }, /yarn\.lock was not read/],
  ['of pnpm lies below', { 'go.sum': '', 'web/pnpm-lock.yaml': '' }, /web\/pnpm-lock\.yaml was not read/],
])('a lock file that %s does not make the part pass, or not run', async (_what, files, says) => {
  project(files);
  expect(runs()).toBe(true);
  expect((await look()).failures.join()).toMatch(says);
});

test('a go.sum that is taken away is missed', async () => {
  project({ 'go.mod': 'module x\n\ngo 1.26\n\nrequire example.com/a v1.0.0\n' });
  expect(runs()).toBe(true);
  const result = await look();
  expect([result.findings.map(({ rule }) => rule), result.failures.length]).toEqual([['deps-sum-missing'], 1]);
});

test('a project that asks for nothing needs no lock file', () => {
  project({
    'package.json': '{"name":"x"}',
    'go.mod': 'module x\n\ngo 1.26\n',
    'a/package.json': '{"dependencies":{"l":"1"}}',
  });
  expect(runs()).toBe(false);
});

test('lock files that are named are all that counts', async () => {
  project({ 'package-lock.json': lock, 'web/yarn.lock': '', '.npmrc': `registry=${evil.url}\n` });
  expect((await look({ 'lock-files': ['package-lock.json'] })).failures).toEqual([]);
});

test('a registry that only the project names does not vouch for itself', async () => {
  project({ 'package-lock.json': lock, '.npmrc': `; ours\nregistry=${evil.url}\n` });
  const chosen = await look();
  // The signature is right, with a key that whoever chose the registry serves.
  expect(chosen.facts.verdicts.verified).toBe(1);
  expect(chosen.findings.map(({ rule, verdict, severity, region }) => [rule, verdict, severity, region?.line])).toEqual(
    [['deps-project-registry', 'confirmed', 'high', 2]],
  );
  expect(blocking(await look({}, { registries: { default: evil.url } }))).toEqual([]);
  writeFileSync(join(root, 'keys.json'), JSON.stringify(evil.keys));
  expect(blocking(await look({}, { 'keys-file': 'keys.json' }))).toEqual([]);
  rmSync(join(root, '.npmrc'));
  mkdirSync(join(root, '.home'));
  writeFileSync(join(root, '.home/.npmrc'), `registry=${evil.url}\n`);
  expect(blocking(await look())).toEqual([]);
});

test('an .npmrc that never ends is evidence that is missing', async () => {
  project({ 'package-lock.json': lock });
  symlinkSync('/dev/zero', join(root, '.npmrc'));
  await expect(look()).rejects.toThrow(/\.npmrc is no file/);
});

test('a chart is no place to hide manifests in', () => {
  project({ 'deploy/Chart.yaml': 'name: x\n', 'deploy/pod.yaml': 'kind: Pod\n' });
  expect(planOf(NO_GATE.config, new Set(), detect(root), ASKED).parts).toEqual(['config']);
});

test('a project that cannot be searched whole has to say its parts', () => {
  const config = { ...NO_GATE.config };
  const present = { go: true, locks: [], manifests: [], charts: [], whole: false };
  expect(() => planOf(config, new Set(), present, ASKED)).toThrow(/name the parts in gate\.parts/);
  expect(planOf({ ...config, parts: ['deps'] }, new Set(), present, ASKED).parts).toEqual(['deps']);
});
