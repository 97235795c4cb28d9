import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createHttp } from '../../http/create.ts';
import { type GoResult, goEntries, goSettings } from './go.ts';

// testdata/go-sumdb is what hemostat keeps after it verified test/guard/sumdb/go.sum against sum.golang.org: a tree head
// that sum.golang.org signed, two records, and the tiles that lead from them to it.
const SUM = join(import.meta.dirname, '../../../../test/guard/sumdb/go.sum');
const work = mkdtempSync(join(tmpdir(), 'hemostat-real-'));
const http = createHttp();
afterAll(() => {
  http.close();
  rmSync(work, { recursive: true });
});

async function verify(sum: string, name: string): Promise<GoResult> {
  const cwd = mkdtempSync(join(work, 'p'));
  const cacheDir = join(work, name);
  cpSync(join(import.meta.dirname, 'testdata'), cacheDir, { recursive: true });
  writeFileSync(join(cwd, 'go.sum'), sum);
  return await goEntries(goSettings.parse({}), {
    http,
    cwd,
    cacheDir,
    now: () => new Date(),
    offline: true,
    progress: () => {},
    env: { HOME: work, GOMODCACHE: join(work, 'none'), GOENV: 'off', GOSUMDB: 'sum.golang.org' },
  });
}

it('verifies lines of a real go.sum in the log of sum.golang.org, offline', async () => {
  const result = await verify(readFileSync(SUM, 'utf8'), 'a');
  expect(result.entries.map(({ verdict }) => verdict)).toEqual(['verified', 'verified', 'verified', 'verified']);
  expect(result.entries[0]?.says).toBe('record 62544779 of sum.golang.org, in the signed tree of 71909756 records');
  expect(result.findings).toEqual([]);
});

it('and finds the line that is another', async () => {
  const sum = readFileSync(SUM, 'utf8');
  const changed = sum.replace(/h1:(.)/, (_, letter: string) => `h1:${letter === 'A' ? 'B' : 'A'}`);
  const result = await verify(`${changed}example.test/x v1.0.0 h1:${'A'.repeat(43)}=\n`, 'b');
  expect(result.entries.map(({ verdict }) => verdict)).toEqual([
    'invalid',
    'verified',
    'verified',
    'verified',
    'unverifiable-source',
  ]);
  expect(result.findings.map(({ rule, verdict }) => `${rule} ${verdict}`)).toEqual([
    'deps-sum-mismatch proven',
    'deps-unverifiable-source suspected',
  ]);
});
