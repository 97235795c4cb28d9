import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CaptureSummary } from '../model.ts';
import { Analysis } from './analysis.ts';
import type { AnalyseOutput, WindowDiagnosis } from './analyst.ts';
import { type Scenario, SimulatedService } from './simulate.ts';
import { recordedInputs, twiceRecorded } from './testing.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const MIB = 1024 * 1024;
const LOAD = { metric: 'requests_total', kind: 'counter', guessed: false } as const;

interface Run {
  readonly last: ReadonlyMap<string, WindowDiagnosis>;
  /** `verdict rule` of everything that was told, at any time. */
  readonly told: ReadonlySet<string>;
  readonly summaries: readonly CaptureSummary[];
  /** The last reason for a deeper capture. */
  readonly deeper: string | null;
}

/** Follows a simulated service with a capture every `minutes`. */
function follow(scenario: Scenario, { days = 1, minutes = 15, seed = 1, known = true } = {}): Run {
  const service = new SimulatedService(scenario, seed);
  const analysis = new Analysis();
  const last = new Map<string, WindowDiagnosis>();
  const told = new Set<string>();
  const summaries: CaptureSummary[] = [];
  let deeper: string | null = null;
  for (let minute = minutes; minute <= days * 1440; minute += minutes) {
    const captured = service.capture(START + minute * 60_000, minute / 60);
    const { load: _, ...metrics } = captured.metrics;
    const summary = known ? captured : { ...captured, metrics };
    summaries.push(summary);
    const subject = { service: 's', instance: 'i', goVersion: null, load: known ? LOAD : null };
    const followed = analysis.follow(summary, subject);
    deeper = followed.deeper ?? deeper;
    for (const window of followed.windows) {
      last.set(window.window, window);
      for (const { verdict, rule } of window.diagnosis.findings)
        if (verdict !== 'cleared') told.add(`${verdict} ${rule}`);
    }
  }
  return { last, told, summaries, deeper };
}

describe('a week of captures', () => {
  it('shows a leak of 1 MiB an hour, at its line and rate, in the longest window', () => {
    const { last, told } = follow({ kept: (h) => h * MIB }, { days: 7, minutes: 60 });
    const [first] = last.get('7d')?.diagnosis.findings ?? [];
    expect(first).toMatchObject({ rule: 'heap-site-growth', verdict: 'confirmed', where: { line: 21 } });
    expect(first?.growth?.low).toBeLessThan(MIB);
    expect(first?.growth?.high).toBeGreaterThan(MIB);
    expect([...told].filter((item) => item.startsWith('confirmed'))).toEqual(['confirmed heap-site-growth']);
  });

  it('shows nothing where a noisy service stays as it is', () => {
    expect([...follow({}, { days: 7, minutes: 60 }).told]).toEqual([]);
  });
});

describe('a day of captures', () => {
  const day = (h: number) => 100 * (1 + 0.6 * Math.sin((2 * Math.PI * h) / 24));

  it.each([
    ['a load that swings with the day, known', { load: day, follows: true }, true],
    ['a load that swings with the day, not known', { load: day, follows: true }, false],
    ['a cache that fills in the first hour', { memory: (h: number) => 1.5 - 0.5 * Math.exp(-3 * h) }, true],
    ['a cache that is flushed every three hours', { memory: (h: number) => 1 + (h % 3) / 3 }, true],
    ['restarts every two hours', { restartEvery: 2 }, true],
  ])('confirms nothing of %s', (_, scenario, known) => {
    expect([...follow(scenario, { known }).told].filter((item) => !item.startsWith('suspected'))).toEqual([]);
  });

  it('finds goroutines that pile up, and asks for a dump that says who starts them', () => {
    const { last, deeper } = follow({ parked: (h) => 20 * h }, { days: 0.4 });
    expect(last.get('6h')?.diagnosis.findings[0]).toMatchObject({
      rule: 'goroutine-blocked-receive',
      where: { line: 56 },
    });
    expect(deeper).toMatch(/goroutines pile up in .*run6, and nothing says yet who starts them/);
  });
});

describe('a process that starts again', () => {
  it('is measured from there on', () => {
    const { last } = follow({ kept: (h) => 60 * h * MIB, restartEvery: 10 }, { days: 0.7 });
    const long = last.get('6h');
    expect(long?.from).toBeGreaterThanOrEqual(START + 10 * HOUR);
    expect(long?.aliveMs).toBeLessThanOrEqual(6.8 * HOUR);
    expect(long?.diagnosis.findings[0]).toMatchObject({ verdict: 'confirmed', rule: 'heap-site-growth' });
  });

  it('is suspected at most while its caches may still fill', () => {
    const verdicts = (startedBefore: number, more: { warmUpMs?: number } = {}) => {
      const analysis = new Analysis();
      const service = new SimulatedService({ kept: (h) => 3000 * h * MIB }, 3);
      let found: AnalyseOutput['windows'] = [];
      for (let i = 1; i <= 12; i++) {
        const at = START + i * 15_000;
        const summary = { ...service.capture(at, (i * 15) / 3600), startedAt: START / 1000 - startedBefore };
        const subject = { service: 's', instance: 'i', goVersion: null, load: null, ...more };
        const { windows } = analysis.follow(summary, subject);
        if (windows.length > 0) found = windows;
      }
      return found.flatMap(({ diagnosis }) => diagnosis.findings.map(({ verdict, rule }) => `${verdict} ${rule}`));
    };
    expect(verdicts(0)).toContain('suspected heap-site-growth');
    expect(verdicts(600)).toContain('confirmed heap-site-growth');
    expect(verdicts(0, { warmUpMs: 30_000 })).toContain('confirmed heap-site-growth');
    expect(verdicts(600, { warmUpMs: 1_200_000 })).not.toContain('confirmed heap-site-growth');
  });

  it('after the server did: what was stored is enough to go on', () => {
    const { summaries, last } = follow({ kept: (h) => 30 * h * MIB }, { days: 0.5 });
    const again = new Analysis();
    again.remember(summaries[0]?.target ?? '', summaries.slice(0, -8));
    let found: WindowDiagnosis | undefined;
    for (const summary of summaries.slice(-8)) {
      const { windows } = again.follow(summary, { service: 's', instance: 'i', goVersion: null, load: LOAD });
      found = windows.find(({ window }) => window === '6h') ?? found;
    }
    expect(found?.base).toBe(last.get('6h')?.base);
    expect(found?.diagnosis.findings).toEqual(last.get('6h')?.diagnosis.findings);
  });
});

describe('the raw captures of a real service', () => {
  it('become summaries and the finding that the bundle has', () => {
    const analysis = new Analysis();
    const outputs = twiceRecorded().map((input) => analysis.analyse(input));
    expect(outputs.flatMap((output) => output.unreadable)).toEqual([]);
    const found = outputs.flatMap((output) => output.windows).at(-1)?.diagnosis;
    expect(found?.findings[0]).toMatchObject({
      rule: 'goroutine-blocked-receive',
      where: { function: 'main.(*desk).submit.func1' },
    });
    expect(found?.findings[0]?.chain.map((step) => step.kind)).toContain('created-by');
    // Reports come and go with the jobs, too: only what the goroutines hold tells those that stay from a walk by chance.
    expect(found?.findings[0]?.evidence.map(({ leg }) => leg)).toContain('heap');
    const { summary } = outputs.at(-1) ?? { summary: null };
    expect(summary?.goroutines?.waits?.some((waits) => waits !== null)).toBe(true);
    expect(summary?.metrics.live_heap_bytes).toBeGreaterThan(MIB);
    expect(summary?.metrics.rss_bytes).toBeGreaterThan(summary?.metrics.live_heap_bytes ?? Infinity);
  });

  it('say in a sentence what cannot be read, and keep the rest', () => {
    const [input] = recordedInputs();
    if (input === undefined) throw new Error('no recording');
    const bomb = gzipSync(new Uint8Array(64 * MIB));
    const parts = [
      ...input.parts.filter(({ kind }) => kind !== 'heap' && kind !== 'goroutine-debug2'),
      { kind: 'heap' as const, bytes: new Uint8Array(bomb) },
      { kind: 'goroutine-debug2' as const, bytes: new TextEncoder().encode('<html>not found</html>') },
    ];
    const { summary, unreadable } = new Analysis({ maxProfileBytes: MIB }).analyse({ ...input, parts });
    expect(unreadable.map(({ kind }) => kind)).toEqual(['heap', 'goroutine-debug2']);
    expect(unreadable[0]?.says).toMatch(/unpacks to more than 1 MiB/);
    expect(unreadable[1]?.says).toMatch(/no goroutine in this text/);
    expect(summary.heap).toBeNull();
    expect(summary.goroutines?.total).toBeGreaterThan(1);
  });
});
