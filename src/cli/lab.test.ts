import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const HOME = join(import.meta.dirname, '..', '..');
const HEMOSTAT = join(HOME, 'bin', 'hemostat');
const hasGo = spawnSync('go', ['version']).status === 0 || spawnSync('/usr/local/go/bin/go', ['version']).status === 0;

test('lab list is a table, and with --json the scenarios with what is expected of them', () => {
  const table = spawnSync(HEMOSTAT, ['lab', 'list'], { encoding: 'utf8' });
  expect(table.status).toBe(0);
  expect(table.stdout.split('\n')[0]).toMatch(/^NAME +KIND +ROWS +TITLE$/);
  expect(table.stdout).toMatch(/^global-map +leaking +S1 S2 S3 +\S/m);

  const json: unknown = JSON.parse(spawnSync(HEMOSTAT, ['lab', 'list', '--json'], { encoding: 'utf8' }).stdout);
  expect(json).toMatchObject({
    schema: 'hemostat/lab@1',
    scenarios: expect.arrayContaining([expect.objectContaining({ name: 'steady', expect: { clear: ['*'] } })]),
  });
});

test.each([
  [['lab', 'run', 'stedy'], 'did you mean steady?'],
  [['lab', 'run', 'steady', '--no-such-flag'], '--no-such-flag'],
  [['lab', 'run'], 'name'],
])('%j is wrong usage', (args, says) => {
  const run = spawnSync(HEMOSTAT, args, { encoding: 'utf8' });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain(says);
});

test.skipIf(!hasGo)(
  'lab run says where the service is, hands its flags on and ends with it',
  () => {
    const run = spawnSync(HEMOSTAT, ['lab', 'run', 'steady', '--', '-life', '1s', '-rate', '5'], { encoding: 'utf8' });
    expect(run.status).toBe(0);
    const url = /^listening on (http:\S+)$/m.exec(run.stderr)?.[1];
    expect(run.stderr).toContain(`hemostat diagnose ${url} --window 20s`);
    // The service's own complaint about a flag, and its exit status.
    expect(spawnSync(HEMOSTAT, ['lab', 'run', 'steady', '--', '-life', 'x'], { encoding: 'utf8' })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('invalid value "x" for flag -life'),
    });
  },
  240_000,
);

test.skipIf(!hasGo)(
  'lab run hands Ctrl-C on and leaves no service behind',
  async () => {
    const run = spawn(HEMOSTAT, ['lab', 'run', 'steady'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => run.on('close', resolve));
    const url = await new Promise<string>((resolve) => {
      let log = '';
      run.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        const found = /^listening on (http:\S+)\n/m.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    expect((await fetch(`${url}/debug/pprof/cmdline`)).status).toBe(200);
    run.kill('SIGINT');
    expect(await ended).toBe(0);
    await expect(fetch(`${url}/debug/pprof/cmdline`)).rejects.toThrow();
  },
  240_000,
);
