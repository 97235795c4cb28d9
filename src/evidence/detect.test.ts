import { describe, expect, it } from 'vitest';
import { detectTextEvidence } from './detect.ts';

describe('detectTextEvidence', () => {
  it.each([
    ['goroutine-dump', 'goroutine 7 [running]:\nmain.main()\n\t/app/main.go:3 +0x1\n'],
    ['goroutine-dump', 'gc 1 @0.012s 2%: 0.1+1+0.1 ms clock\npanic: x\n\ngoroutine 7 [running]:\nmain.main()\n'],
    [
      'gctrace',
      'gc 1 @0.012s 2%: 0.026+0.39+0.10 ms clock, 0.21+0.88/0.52/0+0.84 ms cpu, 4->4->0 MB, 5 MB goal, 8 P\n',
    ],
    ['gctrace', 'scav 0 KiB work (bg), 0 KiB work (eager), 0 KiB now, 98% util\n'],
    ['prometheus', '# HELP go_goroutines Number of goroutines.\n# TYPE go_goroutines gauge\ngo_goroutines 7\n'],
    ['prometheus', 'orders_total 17\n'],
    ['expvar', '{"cmdline": ["x"], "memstats": {}}'],
    [null, 'listening on :8080\n'],
    [null, ''],
  ])('%s', (kind, text) => {
    expect(detectTextEvidence(new TextEncoder().encode(text))).toBe(kind);
  });
});
