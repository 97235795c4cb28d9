import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderTextEvidence } from './show-text.ts';

const EVIDENCE = join(import.meta.dirname, '..', 'evidence');
const show = (path: string, options: Partial<Parameters<typeof renderTextEvidence>[2]> = {}): string =>
  renderTextEvidence(readFileSync(join(EVIDENCE, path)), 'file.txt', {
    json: false,
    width: 80,
    color: false,
    top: 5,
    ...options,
  }) ?? '';

describe('a goroutine dump', () => {
  it('shows the largest cluster first: count, state, ages, the user’s line and the creator', () => {
    const text = show('goroutines/testdata/go1.26.8/minutes.txt');
    expect(text.split('\n').slice(0, 6)).toEqual([
      'file.txt: 95 goroutines in 18 clusters',
      '',
      '      37  chan send  1-4 min: 37 (longest 3 min)',
      expect.stringMatching(/^ {10}at main\.\(\*store\)\.send example\.com\/capture\/main\.go:\d+$/),
      expect.stringMatching(/^ {10}created by main\.spawn example\.com\/capture\/main\.go:\d+$/),
      expect.stringMatching(/^ {10}goroutine \d+ is one of them$/),
    ]);
    expect(text).toContain('13 more clusters');
  });

  it('names the user’s line where the innermost frame is the library’s', () => {
    const text = show('goroutines/testdata/go1.27.1/debug2.txt', { top: 20 });
    expect(text).toMatch(/sync\.Mutex\.Lock.*\n +at main\.\(\*store\)\.method .*\n +in sync\.\(\*Mutex\)\.Lock\n/);
  });

  it('as JSON', () => {
    const page = JSON.parse(show('goroutines/testdata/go1.26.8/minutes.txt', { json: true, top: 2 }));
    expect(page).toMatchObject({
      schema: 'hemostat/show-goroutines@1',
      findings: [],
      goroutines: { total: 95, clusters: 18, truncated: false },
    });
    expect(page.clusters).toHaveLength(2);
    expect(page.clusters[0]).toMatchObject({
      ...{ count: 37, state: 'chan send', maxWaitMinutes: 3, system: false },
      where: { function: 'main.(*store).send', file: 'example.com/capture/main.go' },
      creator: { function: 'main.spawn' },
    });
  });

  it('says that a dump was cut, and keeps escape sequences out of the terminal', () => {
    const cut = 'goroutine 1 [\u001b[31mselect]:\nmain.\u001b]0;x\u0007()\n\t/a.go:1 +0x1\n\ngoroutine 2 [sel';
    const text = renderTextEvidence(Buffer.from(cut), 'a\u001b[2J', { json: false, width: 80, color: false, top: 5 });
    expect(text).toContain('the text ends inside a goroutine');
    expect(text?.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('a GC trace', () => {
  it('sums up the cycles', () => {
    const text = show('gctrace/testdata/go1.27.1.log');
    const truth = JSON.parse(readFileSync(join(EVIDENCE, 'gctrace/testdata/go1.27.1.json'), 'utf8'));
    expect(text).toContain(`GC trace, ${truth.NumGC} cycles`);
    expect(text).toMatch(/live heap +1\.0 MiB to \d+\.0 MiB +[▁▂▃▄▅▆▇█]+/);
    expect(text).toContain('7 of the cycles');
    const page = JSON.parse(show('gctrace/testdata/go1.27.1.log', { json: true }));
    expect(page).toMatchObject({
      schema: 'hemostat/show-gctrace@1',
      findings: [],
      gc: { cycles: truth.NumGC, forced: 7 },
    });
    expect(page.gc.pause_ms.total * 1e6).toBeGreaterThan(truth.PauseTotalNs * 0.9);
  });
});

it('pages of metrics, and what is none of these', () => {
  expect(show('memstats/testdata/metrics.txt')).toMatch(/HeapAlloc +\d/);
  expect(JSON.parse(show('memstats/testdata/go1.23.4/vars.json', { json: true }))).toMatchObject({
    schema: 'hemostat/show-memstats@1',
    findings: [],
    numbers: { ratio: 0.25 },
  });
  expect(show('memstats/testdata/go1.23.4/heap-debug1.txt')).toBe('');
});
