/** Messages against a real receiver. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { found, fullReport, NOW, POLICY, resultOf } from '../../testing/guard-report.ts';
import { startReceiver, type TestReceiver } from '../../watch/alerts/testing.ts';
import { createHttp } from '../http/create.ts';
import type { GuardContext } from '../part.ts';
import { judge } from './judge.ts';
import { notify } from './notify.ts';
import { NotifySettings, type NotifyTarget } from './settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-notify-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let receiver: TestReceiver | null = null;
const http = createHttp();
afterAll(() => http.close());
afterEach(async () => {
  await receiver?.close();
  receiver = null;
});

const SECRET = '/services/T0/B0/topsecret';

function context(env: Record<string, string>, changes: Partial<GuardContext> = {}): GuardContext {
  return { http, cwd: dir, cacheDir: dir, now: () => NOW, offline: false, progress: () => undefined, env, ...changes };
}

function target(changes: Record<string, unknown> = {}): NotifyTarget {
  return NotifySettings.parse({ kind: 'slack', 'url-env': 'HOOK', ...changes });
}

describe('a message', () => {
  it('says in Slack the verdict, five findings at most, the commit and the run', async () => {
    receiver = await startReceiver();
    const many = Array.from({ length: 7 }, (_, i) => found(`c${i}`, { title: `<!channel> ${i} & more` }));
    const report = judge({ command: 'gate', results: [resultOf('config', many)], skipped: [], notes: [] }, POLICY, NOW);
    const env = {
      HOOK: `${receiver.url}${SECRET}`,
      GITHUB_SHA: 'abcdef0123456789',
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_RUN_ID: '7',
      GITHUB_REF_NAME: 'main',
    };
    expect(await notify(report, [target()], dir, context(env), 1)).toEqual([]);
    expect(receiver.got).toHaveLength(1);
    expect(receiver.got[0]?.path).toBe(SECRET);
    const body = receiver.got[0]?.body ?? '';
    expect(JSON.parse(body)).toMatchObject({ text: 'hemostat gate, o/r: blocked: 7 findings block (config).' });
    expect(body.match(/config-container-privileged/g)).toHaveLength(5);
    expect(body).toContain('and 2 more');
    expect(body).toContain('commit abcdef012345');
    expect(body).toContain('<https://github.com/o/r/actions/runs/7|open the run>');
    // Nobody is called by a finding's title.
    expect(body).not.toContain('<!channel>');
  });

  it('is JSON for a webhook, with what could not be checked', async () => {
    receiver = await startReceiver();
    writeFileSync(join(dir, 'hook'), `${receiver.url}/x\n`);
    const webhook = NotifySettings.parse({ kind: 'webhook', 'url-file': 'hook' });
    expect(
      await notify(
        fullReport(),
        [webhook],
        dir,
        context({ CI_COMMIT_SHA: 'abc', CI_JOB_URL: 'https://ci.example/1' }),
        1,
      ),
    ).toEqual([]);
    expect(JSON.parse(receiver.got[0]?.body ?? '')).toMatchObject({
      schema: 'hemostat/gate-message@1',
      outcome: 'blocked',
      commit: 'abc',
      link: 'https://ci.example/1',
      blocking: 2,
      failures: ['deps: sum.example.org did not answer; try again later.'],
    });
  });

  it('is sent for what was asked for only', async () => {
    receiver = await startReceiver();
    const passed = judge({ command: 'gate', results: [resultOf('config', [])], skipped: [], notes: [] }, POLICY, NOW);
    const env = { HOOK: receiver.url };
    await notify(passed, [target()], dir, context(env), 1);
    expect(receiver.got).toHaveLength(0);
    await notify(passed, [target({ on: ['pass'] })], dir, context(env), 1);
    expect(receiver.got).toHaveLength(1);
  });
});

describe('a receiver in trouble', () => {
  it('is tried three times, then said, without its address', async () => {
    receiver = await startReceiver((before) => (before < 2 ? { status: 503 } : { status: 200 }));
    const env = { HOOK: `${receiver.url}${SECRET}` };
    expect(await notify(fullReport(), [target()], dir, context(env), 1)).toEqual([]);
    expect(receiver.got).toHaveLength(3);
    await receiver.close();
    const [said, ...more] = await notify(fullReport(), [target()], dir, context(env), 1);
    expect(more).toEqual([]);
    expect(said).toBe('Slack (variable HOOK) could not be told: nothing listens there, 3 times');
  });

  it.each([
    [404, 1, /it answers 404; check the address$/],
    [302, 1, /it answers 302; check the address$/],
    [500, 3, /it answers 500, 3 times$/],
  ])('that answers %d is asked %d times', async (status, times, says) => {
    receiver = await startReceiver(() => ({ status, headers: { location: 'http://127.0.0.1:1/' } }));
    const [said] = await notify(fullReport(), [target()], dir, context({ HOOK: `${receiver.url}${SECRET}` }), 1);
    expect(said).toMatch(says);
    expect(said).not.toContain('topsecret');
    expect(receiver.got).toHaveLength(times);
  });

  it('that has no address, or no network, is said', async () => {
    expect(await notify(fullReport(), [target()], dir, context({}), 1)).toEqual([
      'Slack (variable HOOK) was not told: there is no http or https address in its variable HOOK',
    ]);
    expect(
      await notify(fullReport(), [target()], dir, context({ HOOK: 'http://127.0.0.1:1/' }, { offline: true }), 1),
    ).toEqual(['Slack (variable HOOK) was not told: --offline allows no network']);
  });
});
