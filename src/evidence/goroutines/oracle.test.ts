/** DataDog/gostackparse reads the same dumps: an independent answer, built from testdata/oracle where Go is present. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGoroutineDump } from './read.ts';
import { spell } from './testing.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const VERSIONS = readdirSync(TESTDATA).filter((name) => name.startsWith('go1.'));
const hasGo = spawnSync('go', ['version']).status === 0;

interface OracleFrame {
  readonly Func: string;
  readonly File: string;
  readonly Line: number;
}
interface OracleGoroutine {
  readonly ID: number;
  readonly State: string;
  readonly Wait: number;
  readonly LockedToThread: boolean;
  readonly Stack: readonly OracleFrame[];
  readonly CreatedBy: OracleFrame | null;
}

describe.runIf(hasGo)('the same as gostackparse', () => {
  let work = '';
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'oracle-'));
    execFileSync('go', ['build', '-o', join(work, 'oracle'), '.'], { cwd: join(TESTDATA, 'oracle'), timeout: 150_000 });
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  const files = VERSIONS.flatMap((version) => {
    const names = readdirSync(join(TESTDATA, version));
    return names
      .filter((name) => /^(debug2|panic|deadlock|minutes|leak-debug2)\.txt$/.test(name))
      .map((name) => join(version, name));
  });

  it.each(files)('%s', (file) => {
    const text = readFileSync(join(TESTDATA, file));
    const output = execFileSync(join(work, 'oracle'), {
      input: text,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const theirs: OracleGoroutine[] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const frame = ({ Func, File, Line }: OracleFrame): string => `${Func} ${File}:${Line}`;
    // It does not know `...N frames elided...` (Go ≥ 1.21) nor labels, and drops those goroutines.
    const known = new Set(theirs.map(({ ID }) => ID));
    const all = spell(readGoroutineDump(text));
    const ours = all.filter(({ id }) => known.has(id));
    expect(all.filter(({ id, elided, labels }) => !known.has(id) && !elided && labels === null)).toEqual([]);
    expect(
      ours.map(({ id, state, minutes, locked, stack, creator }) => ({ id, state, minutes, locked, stack, creator })),
    ).toEqual(
      theirs.map((goroutine) => ({
        id: goroutine.ID,
        state: goroutine.State,
        minutes: goroutine.Wait / 60e9,
        locked: goroutine.LockedToThread,
        stack: goroutine.Stack.map(frame),
        creator: goroutine.CreatedBy === null ? null : frame(goroutine.CreatedBy),
      })),
    );
    expect(ours.length).toBeGreaterThan(all.length - 5);
  });
});
