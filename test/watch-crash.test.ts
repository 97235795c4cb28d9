/** A short form of scripts/crash-test.ts, which says what is looked at; `node scripts/crash-test.ts` kills fifty times. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkReceived, lost, type Stored } from '../scripts/crash/check.ts';
import { crashTest } from '../scripts/crash-test.ts';

test('nothing that was acknowledged is lost or doubled when the server is killed', { timeout: 180_000 }, async () => {
  const result = await crashTest({
    rounds: 3,
    targets: 12,
    leaking: 6,
    lifeMs: [0, 400],
    capturesFirst: 6,
    say: () => {},
  });
  expect(result.faults).toEqual([]);
  expect(result.captures).toBeGreaterThanOrEqual(18);
});

test('the check sees what is lost and what is doubled', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-crash-check-'));
  const file = join(dir, 'log');
  const stored = (...events: string[]): Stored => ({
    captures: new Set(['c1']),
    findings: new Set(['f1']),
    events: new Map(events.map((event) => [event, [36]])),
    reminded: new Set(),
    faults: [],
  });
  const acknowledged = { captures: new Set(['c1']), findings: new Set(['f1']), events: new Map([['f1 opened', 1]]) };
  const message = (id: string, event: string) =>
    JSON.stringify({ key: id, body: JSON.stringify({ id, alerts: [{ event, kind: 'opened', finding: 'f1' }] }) });
  const faults = (...lines: string[]): readonly string[] => {
    writeFileSync(file, lines.join('\n'));
    return checkReceived(file, stored('f1 opened')).faults;
  };
  try {
    expect(lost(acknowledged, stored('f1 opened'))).toEqual([]);
    expect(lost(acknowledged, stored())).toEqual(['event f1 opened']);
    expect(lost({ ...acknowledged, captures: new Set(['c1', 'c2']) }, stored('f1 opened'))).toEqual(['capture c2']);
    expect(faults(message('m1', 'f1-opened-10-a'))).toEqual([]);
    expect(faults(message('m1', 'f1-opened-10-a'), message('m1', 'f1-opened-10-a'))).toEqual([]);
    expect(faults(message('m1', 'f1-opened-10-a'), message('m2', 'f1-opened-10-a'))).toHaveLength(1);
    expect(faults(message('m1', 'f1-opened-10-a'), message('m1', 'f1-opened-11-a'))).toEqual([
      'message m1 came with two bodies',
    ]);
    expect(faults()).toEqual(['event f1-opened-10- was told to nobody']);
    const clock = (id: string, reminder: string) =>
      JSON.stringify({ key: id, body: JSON.stringify({ id, reminders: [{ id: reminder }] }) });
    const opened = message('m1', 'f1-opened-10-a');
    const owed = (...lines: string[]): readonly string[] => {
      writeFileSync(file, [opened, ...lines].join('\n'));
      return checkReceived(file, { ...stored('f1 opened'), reminded: new Set(['r1']) }).faults;
    };
    expect(owed(clock('m2', 'r1'), clock('m2', 'r1'))).toEqual([]);
    expect(owed()).toEqual(['the reminder r1 was told to nobody']);
    expect(owed(clock('m2', 'r1'), clock('m3', 'r1'))).toEqual(['the reminder r1 came in two messages']);
    expect(owed(clock('m2', 'r1'), clock('m3', 'r2'))).toEqual(['the reminder r2 is not in the store']);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
