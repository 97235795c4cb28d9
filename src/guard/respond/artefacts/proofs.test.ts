import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readRecording } from '../../../evidence/syscalls/read.ts';
import { pushTinyImage, startRegistry, withoutRegistry } from '../../../testing/image-registry.ts';
import { recordingText, SHOP } from '../../../testing/syscall-windows.ts';
import { learnProfiles } from '../../baseline/learn.ts';
import { checkRecordings } from '../../baseline/run-part.ts';
import { createHttp } from '../../http/create.ts';
import { anonymous } from '../../registry/credentials.ts';
import { openRepository } from '../../registry/open.ts';
import { parseImageReference } from '../../registry/reference.ts';
import { newKey, pushSimple, trusting } from '../../signature/signed.testing.ts';
import { advance } from '../clock.ts';
import { artefactOf } from '../identity.ts';
import { readDiagnosis } from '../intake.ts';
import type { ResponseEvent } from '../model.ts';
import { event, findingOf, found, HOUR, MINUTE, matrixOf } from '../testing.ts';
import { checkDetectionRuleFile } from './detection-rule.ts';
import { measuredBy } from './measure.ts';
import { readPlan } from './plan-file.ts';
import { checkPlan } from './rollback-plan.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const T = Date.UTC(2026, 10, 23, 9);

/** What `guard baseline check --json` has as its part, of an hour of a container of that digest. */
function heldAgainstBaseline(digest: string): object {
  const containers = [{ ...SHOP, identity: { ...SHOP.identity, digest } }];
  const recording = (windows: number, seed: number) =>
    readRecording(Buffer.from(recordingText({ containers, windows, seed })));
  const [profile] = learnProfiles([recording(120, 1)]);
  if (profile === undefined) throw new Error('nothing learned');
  return checkRecordings(
    [{ file: 'today.jsonl', recording: recording(42, 2) }],
    [{ path: 'p.yaml', text: '', profile }],
  );
}

it('a detection rule is one that loads', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-rule-'));
  const file = join(dir, 'rule.yaml');
  const rule =
    '- rule: opens too much\n  desc: d\n  condition: evt.type = openat and (container.id != host)\n  output: o\n  priority: WARNING\n';
  try {
    expect(await checkDetectionRuleFile(file)).toMatchObject({ passed: false, known: true });
    writeFileSync(file, rule);
    expect(await checkDetectionRuleFile(file)).toMatchObject({ passed: true });
    // What loads is for src/guard/ioc to say, and tested there.
    for (const broken of [rule.replace('  output: o\n', ''), rule.replace('host)', 'host'), 'a: [', '']) {
      writeFileSync(file, broken);
      expect(await checkDetectionRuleFile(file)).toMatchObject({ passed: false, known: true });
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

describe('a measurement', () => {
  const [incident] = advance([found(T)], matrixOf(), T + HOUR).incidents;
  const diagnosis = (changes: {
    start?: number;
    seconds?: number;
    service?: string;
    leaks?: boolean;
    series?: readonly string[];
  }) =>
    readDiagnosis(
      JSON.stringify({
        schema: 'hemostat/diagnosis@1',
        target: { service: changes.service ?? 'shop', instance: 'shop-1' },
        window: {
          start: new Date(changes.start ?? T + MINUTE).toISOString(),
          seconds: changes.seconds ?? 600,
          snapshots: 5,
        },
        findings: changes.leaks === true ? [findingOf()] : [],
        series: (changes.series ?? ['goroutines', 'rss']).map((name) => ({ name, value: [1, 1] })),
      }),
      'd.json',
    );
  const verdict = (changes: Parameters<typeof diagnosis>[0], more: ResponseEvent[] = []): string => {
    const [one] = more.length === 0 ? [incident] : advance([found(T), ...more], matrixOf(), T + HOUR).incidents;
    if (one === undefined) throw new Error('no incident');
    const { passed, known, says } = measuredBy(one, diagnosis(changes), 300);
    return `${passed ? 'flat' : known ? 'not flat' : 'unknown'}: ${says}`;
  };

  it('shows it by as long a window, later, of the same service', () => {
    expect(verdict({})).toBe('flat: not there any more over 10 min of shop (shop-1)');
    expect(verdict({ seconds: 580 })).toMatch(/^flat/);
    expect(verdict({ leaks: true })).toMatch(/^not flat: still there/);
    // A leak that is there is there, however short the look.
    expect(verdict({ leaks: true, seconds: 5 })).toMatch(/^not flat/);
  });
  it('shows nothing by another', () => {
    // What was not collected is not gone.
    expect(verdict({ series: ['rss'] })).toMatch(
      /^unknown: .*nothing was collected there that could show it \(goroutine\)/,
    );
    expect(verdict({ seconds: 60 })).toMatch(/^unknown: .*1 min only and it was found in 10 min/);
    expect(verdict({ start: T - 1 })).toMatch(/^unknown: .*before the finding was found/);
    expect(verdict({ service: 'cart' })).toMatch(/^unknown: .*of cart and not of shop/);
    const fix = event(T + 5 * MINUTE, {
      kind: 'attached',
      role: 'development',
      artefact: artefactOf('fix-with-test', 'abc', ''),
    });
    expect(verdict({}, [fix])).toMatch(/^unknown: .*before the fix was attached/);
  });
});

describe('a rollback plan', () => {
  const dirs: string[] = [];
  afterEach(() => {
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  it('is YAML, or Markdown with YAML at its top, and has steps', () => {
    const head = `image: registry.example/shop/api\ndigest: ${DIGEST}\n`;
    expect(readPlan(`${head}steps: [kubectl rollout undo]\n`, 'p')).toMatchObject({ digest: DIGEST, diagnosis: null });
    expect(readPlan(`---\n${head}---\n1. Roll back.\n`, 'p.md')).toMatchObject({ image: 'registry.example/shop/api' });
    expect(readPlan(`---\n${head}---\n\n`, 'p.md')).toContain('but no steps');
    expect(readPlan(`---\n${head.replace(DIGEST, 'latest')}---\nx\n`, 'p.md')).toMatch(
      /^p\.md:3:9: digest must be a digest/,
    );
    expect(readPlan('just text', 'p')).toMatch(/^p:1:1: /);
  });

  it('is not passed by what could not be looked at, and refused by what contradicts it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hemostat-plan-'));
    dirs.push(dir);
    const write = (name: string, value: unknown): string => {
      writeFileSync(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));
      return join(dir, name);
    };
    const window = { start: new Date(T).toISOString(), seconds: 3600, snapshots: 9 };
    const diagnosis = {
      schema: 'hemostat/diagnosis@1',
      target: { service: 'shop', instance: '' },
      window,
      findings: [],
    };
    const key = { digest: DIGEST, container: 'api' };
    const facts = { containers: [{ key, state: 'checked', windows: 42 }], deviations: [] };
    const report = { schema: 'hemostat/guard@1', outcome: 'passed', parts: [{ part: 'run', facts }] };
    write('flat.json', diagnosis);
    write('short.json', { ...diagnosis, window: { ...window, seconds: 20 } });
    write('leaks.json', { ...diagnosis, findings: [findingOf()] });
    write('clean.json', report);
    write('other.json', {
      ...report,
      parts: [
        {
          part: 'run',
          facts: { ...facts, containers: [{ key: { ...key, digest: 'sha256:00' }, state: 'checked', windows: 9 }] },
        },
      ],
    });
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const check = async (plan: string, offline = true) => {
      const { passed, known, says } = await checkPlan({
        file: write('plan.yaml', `image: 127.0.0.1:1/shop/api\ndigest: ${DIGEST}\nsteps: [undo]\n${plan}`),
        trust: { keys: [{ name: 'k', pem }], identities: [], trustedRoot: null, requireLog: null },
        insecure: false,
        service: 'shop',
        seconds: null,
        context: {
          http: { send: () => Promise.reject(new Error('asked')), close: () => undefined },
          cwd: dir,
          cacheDir: dir,
          now: () => new Date(T),
          offline,
          progress: () => undefined,
          env: {},
        },
      });
      return `${passed ? 'passed' : known ? 'refused' : 'unknown'}: ${says}`;
    };
    const offline = await check('diagnosis: flat.json\nbaseline: clean.json\n');
    expect(offline).toMatch(/^unknown: not checked: whether sha256:abab.* --offline allows no network/);
    expect(await check('')).toMatch(/name a diagnosis.*name a report/);
    expect(await check('diagnosis: leaks.json\n')).toMatch(/^refused: leaks\.json is not flat: shop/);
    expect(await check('diagnosis: short.json\n')).toMatch(/^refused: short\.json watched for 20 s only/);
    expect(await check('diagnosis: /dev/zero\n')).toMatch(/^refused: there is no diagnosis \/dev\/zero/);
    expect(await check('diagnosis: gone.json\n')).toMatch(/^refused: there is no diagnosis gone\.json/);
    expect(await check('diagnosis: flat.json\nbaseline: other.json\n')).toMatch(
      /^refused: other\.json has checked no window of that digest/,
    );
  });

  it.skipIf(withoutRegistry() !== null)(
    'passes with a signature, a flat diagnosis and a clean baseline of its digest',
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'hemostat-plan-'));
      dirs.push(dir);
      const registry = await startRegistry();
      const http = createHttp();
      try {
        const name = `${registry.host}/shop/api`;
        const repository = openRepository(http, parseImageReference(`${name}:v1`), anonymous);
        const digest = await pushTinyImage(repository, 'v1');
        const image = await repository.manifest(digest);
        if (image === null) throw new Error('not pushed');
        const key = newKey();
        const payload = JSON.stringify({
          critical: {
            identity: { 'docker-reference': '' },
            image: { 'docker-manifest-digest': digest },
            type: 'cosign container image signature',
          },
          optional: null,
        });
        const target = { service: 'shop', instance: '' };
        const window = { start: new Date(T).toISOString(), seconds: 3600, snapshots: 9 };
        const part = heldAgainstBaseline(digest);
        const files = {
          'flat.json': { schema: 'hemostat/diagnosis@1', target, window, findings: [] },
          'clean.json': { schema: 'hemostat/guard@1', outcome: 'passed', parts: [part] },
        };
        for (const [file, value] of Object.entries(files)) writeFileSync(join(dir, file), JSON.stringify(value));
        const file = join(dir, 'plan.yaml');
        writeFileSync(
          file,
          `image: ${name}\ndigest: ${digest}\nsteps: [undo]\ndiagnosis: flat.json\nbaseline: clean.json\n`,
        );
        const check = (trusted: typeof key) =>
          checkPlan({
            file,
            trust: trusting(trusted.publicKey),
            insecure: false,
            service: 'shop',
            seconds: 3600,
            context: {
              http,
              cwd: dir,
              cacheDir: dir,
              now: () => new Date(T),
              offline: false,
              progress: () => undefined,
              env: { HOME: dir },
            },
          });
        expect((await check(key)).says).toContain('has no signature of these keys (0 seen)');
        await pushSimple(repository, image, payload, await key.sign(Buffer.from(payload)));
        expect(await check(key)).toMatchObject({
          passed: true,
          says: expect.stringMatching(
            /is there, signed by key0\.pub; flat over 1 h .*; within its baseline over 42 windows/,
          ),
        });
        expect(await check(newKey('theirs'))).toMatchObject({ passed: false, known: true });
      } finally {
        http.close();
        await registry.stop();
      }
    },
    30_000,
  );
});
