/** The gate as a user has it: the real launcher, real files, real parts; no network. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { startReceiver } from '../watch/alerts/testing.ts';
import { exitCodeOf, sentenceOf } from './exit.ts';
import type { RawGateOptions } from './gate.ts';
import { run as runGate } from './gate-run.ts';

const HOME = join(import.meta.dirname, '..', '..');
const HEMOSTAT = join(HOME, 'bin', 'hemostat');
const dir = mkdtempSync(join(tmpdir(), 'hemostat-gate-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, args: readonly string[], env: Record<string, string> = {}): Ran {
  const { status, stdout, stderr } = spawnSync(HEMOSTAT, args, {
    cwd,
    env: { ...process.env, HEMOSTAT_CACHE: join(dir, 'cache'), GITHUB_STEP_SUMMARY: '', ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

/** The same without a process of its own: what it would print, and its exit code or sentence. */
async function here(root: string, raw: RawGateOptions = {}): Promise<Ran> {
  const write = process.stdout.write;
  let stdout = '';
  process.stdout.write = (text: string | Uint8Array) => {
    stdout += String(text);
    return true;
  };
  try {
    return { code: await runGate(root, raw), stdout, stderr: '' };
  } catch (error) {
    return { code: exitCodeOf(error), stdout, stderr: sentenceOf(error) };
  } finally {
    process.stdout.write = write;
  }
}

const cache = process.env.HEMOSTAT_CACHE;
beforeAll(() => {
  process.env.HEMOSTAT_CACHE = join(dir, 'cache');
});
afterAll(() => {
  if (cache === undefined) delete process.env.HEMOSTAT_CACHE;
  else process.env.HEMOSTAT_CACHE = cache;
});

let made = 0;
function project(files: Record<string, string>): string {
  const root = join(dir, `p${made++}`);
  mkdirSync(join(root, '.git'), { recursive: true });
  for (const [name, text] of Object.entries(files)) put(root, name, text);
  return root;
}

function put(root: string, name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

const MOD = 'module example.com/p\n\ngo 1.26\n';
const LEAK = `package p

import "net/http"

func fetch(url string) (int, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}
`;
const POD = `apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop}
spec:
  containers:
    - name: web
      image: shop/api:latest
      securityContext: {privileged: true}
`;
const SERVICE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n';

const Report = z.object({
  outcome: z.string(),
  verdict: z.string(),
  parts: z.array(z.object({ part: z.string(), outcome: z.string(), failures: z.array(z.string()) })),
  skipped: z.array(z.object({ part: z.string(), why: z.string(), asked: z.boolean() })),
  findings: z.array(z.object({ part: z.string(), rule: z.string(), standing: z.string(), fingerprint: z.string() })),
  notes: z.array(z.string()),
});

async function report(
  root: string,
  raw: RawGateOptions = {},
): Promise<z.infer<typeof Report> & { code: number | null }> {
  const { code, stdout, stderr } = await here(root, { ...raw, json: true });
  expect(stderr).toBe('');
  return { code, ...Report.parse(JSON.parse(stdout)) };
}

describe('hemostat gate', () => {
  it('runs what there is something for, says what not, and blocks in every form at once', () => {
    const root = project({ 'go.mod': MOD, 'a.go': LEAK, 'deploy/api.yaml': POD });
    const summary = join(root, 'summary.md');
    writeFileSync(summary, 'from another step\n');
    const { code, stdout, stderr } = run(root, ['gate', '--out', 'report', '--markdown', summary], {
      GITHUB_STEP_SUMMARY: summary,
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^hemostat gate: blocked: \d findings block \(review, config\)\.\n/);
    expect(stdout).toMatch(/ {2}deps {4}not run: there is no package-lock\.json and no go\.sum\n/);
    expect(readdirSync(join(root, 'report')).sort()).toEqual(['gate.json', 'gate.md', 'gate.sarif']);
    expect(readFileSync(summary, 'utf8')).toMatch(/^from another step\n## ❌ hemostat gate\n/);
    const written = Report.parse(JSON.parse(readFileSync(join(root, 'report', 'gate.json'), 'utf8')));
    const blocking = written.findings.filter(({ standing }) => standing === 'blocks');
    expect(blocking.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['body-not-closed', 'config-container-privileged']),
    );
    expect(written.skipped.map(({ part }) => part)).toEqual(['deps', 'image', 'surface']);
  });

  it('passes where nothing blocks, and does not where there is nothing to look at', async () => {
    const good = project({ 'deploy/a.yaml': SERVICE });
    expect(await report(good)).toMatchObject({
      code: 0,
      outcome: 'passed',
      verdict: 'passed: nothing blocks in config.',
    });
    const skipped = await report(good, { skip: ['config'] });
    expect(skipped).toMatchObject({ code: 3, outcome: 'unknown' });
    expect(skipped.skipped).toContainEqual({ part: 'config', why: '--skip config', asked: true });
    expect(await report(project({}))).toMatchObject({ code: 3, outcome: 'unknown' });
  });

  it('does not pass over a part that could not look', async () => {
    const root = project({
      'deploy/a.yaml': SERVICE,
      '.hemostat.yaml': 'gate: {image: {ref: "127.0.0.1:1/shop:v1"}}\n',
    });
    const seen = await report(root);
    expect(seen).toMatchObject({ code: 3, outcome: 'unknown' });
    expect(seen.verdict).toMatch(/^unknown, which does not pass: nothing listens at \S*127\.0\.0\.1:1.* \(image\)\.$/);
    expect(seen.parts.find(({ part }) => part === 'image')?.failures[0]).toContain('127.0.0.1:1');
    // Nothing that was asked for and cannot be looked at is left out quietly.
    expect(await report(project({ 'deploy/a.yaml': SERVICE }), { only: ['deps'] })).toMatchObject({
      code: 3,
      outcome: 'unknown',
    });
  });

  it('lets old findings pass by a baseline, and nothing new', async () => {
    const root = project({ 'deploy/api.yaml': POD, '.hemostat.yaml': 'gate: {baseline: known.json}\n' });
    expect(await here(root)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /the baseline \S*known\.json is not there: write it by hemostat gate --baseline \S+ --write-baseline/,
      ),
    });
    expect((await here(root, { writeBaseline: true })).code).toBe(0);
    const first = readFileSync(join(root, 'known.json'), 'utf8');
    expect(await report(root)).toMatchObject({ code: 0, outcome: 'passed' });
    expect((await here(root, { writeBaseline: true })).code).toBe(0);
    expect(readFileSync(join(root, 'known.json'), 'utf8')).toBe(first);
    // Lines move, and what is known stays known; another container is new.
    put(root, 'deploy/api.yaml', `# a comment\n${POD}`);
    expect((await report(root)).code).toBe(0);
    put(root, 'deploy/b.yaml', POD.replace('name: api', 'name: b'));
    const grown = await report(root);
    expect(grown.code).toBe(1);
    expect(grown.findings.filter(({ standing }) => standing === 'blocks').map(({ rule }) => rule)).toEqual([
      'config-container-privileged',
      'config-root-filesystem-writable',
    ]);
    expect((await here(root, { baseline: false })).stdout).toMatch(/[2-9] findings block/);
  });

  it('says mistakes of the configuration with their place, and of the command line in one sentence', async () => {
    const wrong = project({ '.hemostat.yaml': 'gate:\n  fail-on: {severty: low}\n' });
    expect(run(wrong, ['gate'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^hemostat: \.hemostat\.yaml:2:13: severty is not known in gate\.fail-on/),
    });
    expect(run(wrong, ['guard', 'deps']).stderr).toMatch(/\.hemostat\.yaml:2:13/);
    expect(run(wrong, ['gate', 'nowhere']).stderr).toBe(
      'hemostat: nowhere is no directory; name the project that the gate is for\n',
    );
    expect(run(wrong, ['gate', '--no-config', '--write-baseline']).stderr).toMatch(
      /^hemostat: --write-baseline needs to know where: hemostat gate --baseline /,
    );
    expect((await here(wrong, { config: false, json: true, github: true })).stderr).toMatch(
      /--json and --github all print; choose one/,
    );
    expect(run(wrong, ['guard', 'dep']).stderr).toMatch(/unknown command 'dep'.*Did you mean deps/);
  });

  it('tells Slack, and a message that cannot be sent changes nothing', async () => {
    const root = project({
      'deploy/api.yaml': POD,
      '.hemostat.yaml': 'gate: {notify: [{kind: slack, url-env: TEST_HOOK}]}\n',
    });
    const receiver = await startReceiver();
    const out = join(root, 'report');
    process.env.TEST_HOOK = `${receiver.url}/services/topsecretpath`;
    try {
      expect((await here(root, { out })).code).toBe(1);
    } finally {
      delete process.env.TEST_HOOK;
      await receiver.close();
    }
    expect(receiver.got).toHaveLength(1);
    expect(receiver.got[0]?.body).toContain('config-container-privileged');
    expect(readFileSync(join(out, 'gate.json'), 'utf8')).not.toContain('topsecretpath');
    const untold = await report(root);
    expect(untold.code).toBe(1);
    expect(untold.notes).toEqual([expect.stringMatching(/^Slack \(variable TEST_HOOK\) was not told/)]);
  });
});

describe('hemostat gate --self-test', () => {
  const files = { 'go.mod': MOD, 'a.go': 'package p\n', 'go.sum': '', 'deploy/a.yaml': SERVICE };
  const Controls = z.object({
    outcome: z.string(),
    controls: z.array(z.object({ part: z.string(), proof: z.string(), says: z.string() })),
  });
  async function selfTest(
    config: string,
    raw: RawGateOptions = {},
  ): Promise<z.infer<typeof Controls> & { code: number | null }> {
    const root = project(config === '' ? files : { ...files, '.hemostat.yaml': config });
    const { code, stdout, stderr } = await here(root, { ...raw, selfTest: true, json: true });
    expect(stderr).toBe('');
    return { code, ...Controls.parse(JSON.parse(stdout)) };
  }

  it('proves that every part can fail', async () => {
    const { code, controls } = await selfTest('');
    expect(code).toBe(0);
    expect([...new Set(controls.map(({ part }) => part))]).toEqual(['review', 'deps', 'config']);
    expect(controls.map(({ proof }) => proof)).not.toContain('cannot-fail');
    const image = await selfTest('gate: {image: {ref: "registry.invalid/a:v1"}}\n', { only: ['image'] });
    expect(image).toMatchObject({
      code: 0,
      controls: [{ part: 'image', says: expect.stringContaining('image-vulnerability') }],
    });
  });

  it.each<[string, 'config' | 'review' | 'deps', RegExp]>([
    ['gate: {fail-on: {config: never}}\n', 'config', /^gate\.fail-on\.config \(or --fail-on\) is never/],
    [
      'gate: {fail-on: {config: {verdict: proven, severity: critical}}, config: {severity: {config-reaches-cluster-admin: low, config-container-privileged: low}}}\n',
      'config',
      /weigh it so low|blocks from proven and critical/,
    ],
    [
      'gate: {exceptions: [{rule: "*", reason: all of it, until: 2099-01-01}]}\n',
      'config',
      /^the exception with the reason "all of it" in gate\.exceptions covers config-/,
    ],
    ['review: {exclude: ["**"]}\n', 'review', /review\.exclude leaves everything out/],
    ['review: {fail-on: never}\n', 'review', /gate\.fail-on\.review \(or --fail-on\) is never/],
  ])('names the setting that lets everything pass: %s', async (config, part, says) => {
    const { code, outcome, controls } = await selfTest(config, { only: [part] });
    expect({ code, outcome }).toEqual({ code: 1, outcome: 'failed' });
    expect(controls.filter(({ proof }) => proof === 'cannot-fail').map((one) => one.says)).toContainEqual(
      expect.stringMatching(says),
    );
  });
});

describe('the templates', () => {
  const TEMPLATES = ['github-actions.yml', 'gitlab-ci.yml'];
  const help = new Map<string, string>();

  it.each(TEMPLATES)('%s is YAML, and its commands and flags exist', (name) => {
    const text = readFileSync(join(HOME, 'docs', 'examples', 'ci', name), 'utf8');
    for (const document of parseAllDocuments(text)) expect('errors' in document ? document.errors : []).toEqual([]);
    const commands = [...text.matchAll(/^\s*(?:- |run: |- run: )?(hemostat .*)$/gm)].map(
      ([, command]) => command ?? '',
    );
    expect(commands.length).toBeGreaterThanOrEqual(3);
    for (const command of commands) {
      const words = command.split(/\s+/).slice(1);
      const path = words.slice(0, words[0] === 'guard' ? 2 : 1);
      const key = path.join(' ');
      const said = help.get(key) ?? run(HOME, [...path, '--help']).stdout;
      help.set(key, said);
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(said, command).toContain(` ${flag} `);
    }
  });

  it.each([
    ['github-actions.yml', /^ {6}- name: settings of the target branch[\s\S]*?^ {8}run: \|\n((?: {10}.*\n)+)/m],
    ['gitlab-ci.yml', /^ {4}- \|\n((?: {6}.*\n)+)/m],
  ])('%s takes from the target branch what judges a change, whatever that makes of it', (name, script) => {
    const text = readFileSync(join(HOME, 'docs', 'examples', 'ci', name), 'utf8');
    const [, run = 'false'] = script.exec(text) ?? [];
    const root = mkdtempSync(join(dir, 'branches-'));
    const shell = (script: string): void => {
      const env = {
        PATH: process.env.PATH,
        HOME: root,
        BASE: 'main',
        FILES: /^ +FILES: (.*)$/m.exec(text)?.[1],
        CI_MERGE_REQUEST_DIFF_BASE_SHA: 'known',
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
      };
      const done = spawnSync('sh', ['-ec', script], { cwd: root, env, encoding: 'utf8' });
      expect(done.stderr).toBe('');
    };
    const git = 'git -c user.name=x -c user.email=x@example.com -c commit.gpgsign=false';
    shell(`git init -q -b main . && git remote add origin . && echo strict > .hemostat.yaml && git add . && ${git} commit -q -m a
      git checkout -q -b change && echo theirs > other && rm .hemostat.yaml && ln -s other .hemostat.yaml
      echo lax > .hemostat-baseline.json && git add . && ${git} commit -q -m b`);
    shell(run);
    expect(readFileSync(join(root, '.hemostat.yaml'), 'utf8')).toBe('strict\n');
    expect(readFileSync(join(root, 'other'), 'utf8')).toBe('theirs\n');
    expect(existsSync(join(root, '.hemostat-baseline.json'))).toBe(false);
  });

  it('run the gate before anything of a package, and give jobs nothing by default', () => {
    const github = readFileSync(join(HOME, 'docs', 'examples', 'ci', 'github-actions.yml'), 'utf8');
    expect(github).toMatch(/^permissions: \{\}$/m);
    expect(github).not.toMatch(/^\s*(- )?run: npm ci/m);
    for (const [, action = ''] of github.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@v\d+$/);
    expect(existsSync(join(HOME, 'docs', 'examples', 'ci', 'gitlab-ci.yml'))).toBe(true);
  });
});
