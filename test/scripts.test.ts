import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeLock } from '../scripts/complete-lock.ts';
import { countTests } from '../scripts/count-tests.ts';

describe('countTests', () => {
  const file = (status: string, ...tests: string[]): object => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });

  it('counts tests over files', () => {
    const json = JSON.stringify({
      testResults: [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'passed', 'failed')],
    });
    expect(countTests(json)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(countTests(JSON.stringify({ testResults: [file('failed'), file('passed', 'passed')] }))).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('refuses what is no report', () => {
    expect(() => countTests('{}')).toThrow();
    expect(() => countTests('')).toThrow();
  });
});

describe('completeLock', () => {
  const lock = (packages: object): string =>
    `${JSON.stringify({ name: 'x', lockfileVersion: 3, packages }, null, 2)}\n`;
  const parent = {
    version: '2.0.0',
    dev: true,
    optionalDependencies: {
      '@a/cli-linux-x64-musl': '2.0.0',
      '@a/cli-darwin-arm64': '2.0.0',
      '@a/cli-linux-x64': '2.0.0',
      'not-a-platform': '1.0.0',
      '@a/loose-win32-x64': '^2.0.0',
    },
  };

  it('adds pinned packages of other platforms and keeps everything else as it is', () => {
    const here = { version: '2.0.0', integrity: 'sha512-x', optional: true };
    const before = { '': { name: 'x' }, 'node_modules/@a/cli': parent, 'node_modules/@a/cli-linux-x64': here };
    const after = completeLock(lock(before));
    expect(JSON.parse(after)).toEqual({
      name: 'x',
      lockfileVersion: 3,
      packages: {
        ...before,
        'node_modules/@a/cli-darwin-arm64': {
          version: '2.0.0',
          dev: true,
          optional: true,
          os: ['darwin'],
          cpu: ['arm64'],
        },
        'node_modules/@a/cli-linux-x64-musl': {
          version: '2.0.0',
          dev: true,
          optional: true,
          os: ['linux'],
          cpu: ['x64'],
          libc: ['musl'],
        },
      },
    });
    expect(completeLock(after)).toBe(after);
  });

  it('knows a pre-release as a version', () => {
    const after = completeLock(
      lock({ 'node_modules/@a/cli': { optionalDependencies: { '@a/cli-win32-x64': '1.5.6-r.1' } } }),
    );
    expect(JSON.parse(after).packages['node_modules/@a/cli-win32-x64']).toMatchObject({ version: '1.5.6-r.1' });
  });

  it('has nothing to add to the lock file here, which npm would refuse then', () => {
    const here = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8');
    expect(completeLock(here)).toBe(here);
  });
});
