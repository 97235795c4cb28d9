/**
 * Against programs that others wrote to show goroutine leaks, where they are installed, and against our lab: every leak
 * is found at its operation, and what does not leak is not reported.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileReport } from '../result.ts';
import { review } from '../review.ts';

const RULES = [
  'chan-double-send',
  'chan-first-wins',
  'chan-range-unclosed',
  'chan-select-no-exit',
  'chan-send-abandoned',
  'chan-unbounded-producer',
  'goroutine-no-exit',
];

/** `rule @ function: source line`, sorted; a test's own leaks (in _test.go) left out. */
async function found(cwd: string): Promise<string[]> {
  const { reports } = await review(['./...'], { cwd, rules: RULES, cache: 'off', workers: 0 });
  return reports
    .filter((report) => !report.inTest)
    .map(told)
    .sort();
}

function told(report: FileReport): string {
  const line = readFileSync(report.path, 'utf8').split('\n')[report.line - 1] ?? '';
  const text = line.replace(/\/\/.*/, '').trim();
  return `${report.rule} @ ${report.function.replace(/^.*\//, '')}: ${text}`;
}

function goroot(): string {
  try {
    return execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** A case that runs where `path` is there, and says why it does not otherwise. */
function where(path: string, hint: string): typeof it | typeof it.skip {
  if (existsSync(path)) return it;
  console.log(`skipped: there is no ${path}; ${hint}`);
  return it.skip;
}

describe('leaks that the Go tree shows its own detector', () => {
  const folder = join(goroot(), 'src/runtime/testdata/testgoroutineleakprofile');
  const here = where(join(folder, 'commonpatterns.go'), 'it comes with Go 1.26 and newer');

  async function foundIn(...names: string[]): Promise<string[]> {
    const root = mkdtempSync(join(tmpdir(), 'hemostat-seeds-'));
    try {
      writeFileSync(join(root, 'go.mod'), 'module seeds\n\ngo 1.26\n');
      for (const name of ['main.go', ...names]) cpSync(join(folder, name), join(root, name));
      return await found(root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }

  here('finds the common patterns, each at its operation, and nothing else', async () => {
    expect(await foundIn('commonpatterns.go')).toEqual([
      'chan-double-send @ main.doubleSend: ch <- struct{}{}',
      'chan-first-wins @ main.nCastLeak.func1: ch <- struct{}{}',
      'chan-range-unclosed @ main.noCloseRange.func1: for item := range ch {',
      'chan-select-no-exit @ main.worker.Start.func1: select {',
      'chan-send-abandoned @ main.earlyReturn.func1: ch <- struct{}{}',
      'chan-send-abandoned @ main.timeout.func1: ch <- struct{}{}',
    ]);
  });

  here('finds the simple ones that have to do with channels, and not the receive from a global', async () => {
    expect(await foundIn('simple.go')).toEqual([
      'chan-select-no-exit @ main.ChanRecv.func1: <-make(chan int)',
      'chan-select-no-exit @ main.NilRecv.func1: <-c',
      'chan-send-abandoned @ main.ChanSend.func1: make(chan int) <- 0',
      'chan-send-abandoned @ main.Mixed.func1.1: ch <- 0',
      'chan-send-abandoned @ main.NilSend.func1: c <- 0',
      'chan-send-abandoned @ main.Select.func1: select {',
      'goroutine-no-exit @ main.SelectNoCases.func1: select {}',
    ]);
  });
});

describe('common-goroutine-leak-patterns', () => {
  const folder = process.env.HEMOSTAT_LEAK_PATTERNS ?? join(tmpdir(), 'clp');
  const here = where(
    join(folder, 'sendleaks'),
    'clone github.com/VladSaioc/common-goroutine-leak-patterns and set HEMOSTAT_LEAK_PATTERNS to the folder',
  );

  here('finds all that leak and none of the fixed ones', async () => {
    expect(await found(folder)).toEqual([
      'chan-double-send @ sendleaks.DoubleSend: ch <- struct{}{}',
      'chan-first-wins @ sendleaks.NCastLeak.func1: ch <- operateOnItem(item)',
      'chan-range-unclosed @ receiveleaks.NoCloseRange.func1: for item := range ch {',
      'chan-select-no-exit @ selectleaks.Worker.Start.func1: select {',
      'chan-send-abandoned @ sendleaks.EarlyReturn.func1: ch <- struct{}{}',
      'chan-send-abandoned @ sendleaks.Timeout.func1: ch <- struct{}{}',
      'goroutine-no-exit @ apileaks.StateReporter.func1: <-time.After(period)',
    ]);
  });
});

describe('the lab', () => {
  const LAB = join(import.meta.dirname, '../../../lab');

  it('has its leaks of channels and goroutines found where they block, and nothing else', async () => {
    const { reports } = await review(['./services/...'], { cwd: LAB, rules: RULES, cache: 'off', workers: 0 });
    expect(reports.map((report) => `${basename(report.path)} ${report.confidence} ${told(report)}`).sort()).toEqual([
      'board.go medium chan-select-no-exit @ main.(*alert).watch: select {',
      'conn.go medium goroutine-no-exit @ main.(*conn).heartbeat: for range c.ticker.C {',
      'hub.go medium chan-unbounded-producer @ main.(*hub).publish: sub.outbox <- b',
      'main.go medium chan-select-no-exit @ main.(*desk).submit.func1: if approved := <-decision; approved {',
      'parcel.go medium chan-select-no-exit @ main.(*parcel).follow: r := <-p.delivered',
      'pricer.go high chan-send-abandoned @ main.(*pricer).price: result <- quote{',
      'question.go medium chan-select-no-exit @ main.(*question).await: s := <-q.answer',
      'shipper.go medium chan-send-abandoned @ main.(*shipper).enqueue: s.batches <- b',
    ]);
  });

  it('blocks at run time where source review says', () => {
    const scenarios: { name: string; expect: { function?: string; file?: string } }[] = JSON.parse(
      readFileSync(join(LAB, 'scenarios.json'), 'utf8'),
    );
    const blocked = scenarios.filter(({ name }) =>
      [
        'unbuffered-send',
        'receiver-gone',
        'buffer-full',
        'closure-drags-heap',
        'ticker-not-stopped',
        'select-no-exit',
        'nil-channel',
        'leak-through-global',
      ].includes(name),
    );
    expect(blocked.map(({ expect: { function: name, file } }) => `${file} ${name}`).sort()).toEqual([
      'board.go main.(*alert).watch',
      'conn.go main.(*conn).heartbeat',
      'hub.go main.(*hub).publish',
      'main.go main.(*desk).submit.func1',
      'parcel.go main.(*parcel).follow',
      'pricer.go main.(*pricer).price',
      'question.go main.(*question).await',
      'shipper.go main.(*shipper).enqueue',
    ]);
  });
});
