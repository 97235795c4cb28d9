/** A heap graph for the browser test of reports; the real one is tried in src/watch/views/heap-graph.test.ts. */
import type { HeapGraphView } from '../src/watch/api/contract.ts';

/** Nobody can name a pool so, but a dump is a file that anybody can write. */
export const HOSTILE_NAME = '<img src=x onerror=alert(1)>';

export function sampleHeapGraph(): HeapGraphView {
  return {
    name: 'heap.dump',
    goVersion: 'go1.26.8',
    verdict: '5 goroutines can never run again and hold 50.0 MiB.',
    heap: { objects: 1241, bytes: 90_000_000, reachable: 89_000_000 },
    goroutines: { total: 24, parked: 9, proven: 5 },
    holders: [
      { kind: 'leaked goroutines', name: '5 leaked goroutines at main.f (main.go:106)', bytes: 52_428_800, path: [] },
      {
        kind: 'global',
        name: 'global main.cache',
        bytes: 32_925_286,
        path: [{ text: 'map[string]*main.entry', bytes: 32_505_856 }, { text: '*main.entry' }],
      },
    ],
    pools: [{ name: HOSTILE_NAME, objects: 40, victims: 39, bytes: 8_500_000, largest: 8_388_608 }],
    channels: [
      {
        element: 'bool',
        length: 0,
        capacity: 0,
        closed: false,
        bytes: 112,
        senders: 0,
        receivers: 1,
        holder: 'leaked',
      },
      { element: '', length: 1, capacity: 1, closed: true, bytes: 128, senders: 2, receivers: 0, holder: 'live' },
    ],
    notes: ['The dump has 1,241 objects.'],
  };
}
