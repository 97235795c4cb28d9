/** `diagnose --heapdump` on real services: what the dump proves becomes proven, what it cannot prove says why. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../src/findings/model.ts';

const HEMOSTAT = join(import.meta.dirname, '..', 'bin', 'hemostat');
const TOKEN = 'a-token-for-the-lab-only';
/** The newest Go whose dumps are always safe; see docs/heap-dumps.md. */
const SAFE_GO = 'go1.25.3';

const work = mkdtempSync(join(tmpdir(), 'hemostat-test-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function diagnose(target: string, out: string, go: string): Diagnosis {
  const env = { ...process.env, HEMOSTAT_PROBE_TOKEN: TOKEN, GOTOOLCHAIN: go };
  const args = [
    'diagnose',
    target,
    '--window',
    '6s',
    '--heapdump',
    '--fail-on',
    'never',
    '--json',
    '-o',
    join(work, out),
  ];
  return JSON.parse(execFileSync(HEMOSTAT, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

describe('diagnose --heapdump', () => {
  it('proves a leak that a dump can prove, with the bytes that it holds', () => {
    const { findings } = diagnose('lab:unbuffered-send', 'proven', SAFE_GO);
    const [first] = findings;
    expect(first).toMatchObject({
      rule: 'goroutine-blocked-send',
      verdict: 'proven',
      where: { function: 'main.(*pricer).price' },
    });
    expect(first?.evidence[0]?.leg).toBe('graph');
    // Each holds a block of 48 KiB (lab/services/quotes) and little else.
    const each = (first?.holds?.bytes ?? 0) / (first?.count ?? 1);
    expect(each).toBeGreaterThan(44 * 1024);
    expect(each).toBeLessThan(54 * 1024);
    expect(statSync(join(work, 'proven', '005-heapdump')).mode & 0o777).toBe(0o600);
  });

  it('says why a leak behind a global is not proven', () => {
    const [first] = diagnose('lab:leak-through-global', 'global', SAFE_GO).findings;
    expect(first).toMatchObject({ rule: 'goroutine-blocked-receive', verdict: 'confirmed' });
    expect(first?.evidence.find((item) => item.leg === 'graph')?.says).toMatch(/does not prove it: of \d+ goroutines/);
  });

  it('goes on without a dump where the service has no probe', () => {
    const env = { ...process.env, HEMOSTAT_PROBE_TOKEN: TOKEN };
    const program = join(work, 'plain');
    execFileSync('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'testdata', 'plain') });
    const args = ['diagnose', '--window', '1s', '--heapdump', '--fail-on', 'never', '--json', '--', program];
    const answer: Diagnosis = JSON.parse(
      execFileSync(HEMOSTAT, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    expect(answer.notes.join('\n')).toMatch(/no heap dump: .*\/debug\/hemostat\/heapdump does not exist \(404\)/);
  });

  it('wants a token before it asks', () => {
    const { HEMOSTAT_PROBE_TOKEN: _unset, ...env } = process.env;
    expect(() => execFileSync(HEMOSTAT, ['diagnose', ':1', '--heapdump'], { env, stdio: 'pipe' })).toThrow(
      /--heapdump needs the token of the probe/,
    );
  });
});
