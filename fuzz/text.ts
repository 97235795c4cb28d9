/** Fuzz targets of the text readers: whatever they are given, they answer or throw EvidenceError. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectTextEvidence } from '../src/evidence/detect.ts';
import { createTraceReader, readTraceLog } from '../src/evidence/gctrace/read.ts';
import { clusters } from '../src/evidence/goroutines/cluster.ts';
import { createGoroutineReader, readGoroutineDump } from '../src/evidence/goroutines/read.ts';
import { parseLabels } from '../src/evidence/memstats/exposition.ts';
import { readExpvar } from '../src/evidence/memstats/expvar.ts';
import { readPrometheus } from '../src/evidence/memstats/prometheus.ts';
import { readHeapTrailer } from '../src/evidence/memstats/trailer.ts';
import { readProcess } from '../src/evidence/process/read.ts';
import { DEFAULT_ALLOWANCE, type FuzzTarget, textOf, utf8 } from './target.ts';

const EVIDENCE = join(import.meta.dirname, '..', 'src', 'evidence');
/** Seeds are cut: mutations of small inputs reach more. */
const MAX_SEED = 8 << 10;

function seedsIn(folder: string, pattern: RegExp): Uint8Array[] {
  const root = join(EVIDENCE, folder, 'testdata');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .sort();
  return files.map((file) => readFileSync(join(root, file)).subarray(0, MAX_SEED));
}

const dumps = (): Uint8Array[] => [
  ...seedsIn('goroutines', /(bubble|deadlock|debug2|minutes|throw|sigquit)\.txt$/),
  utf8('t F goroutine 7 [select, 5 minutes labels:{"a": "b\\u00e9"}]:\nt F main.a(...)\nt F \tC:/x y.go:1 +0x1\n'),
];
const traces = (): Uint8Array[] => seedsIn('gctrace', /\.log$/);

/** The same bytes in two pieces: a fuzzer that only pushes whole inputs never sees a boundary. */
function halves(input: Uint8Array): [Uint8Array, Uint8Array] {
  const middle = (input[0] ?? 0) % (input.length + 1);
  return [input.subarray(0, middle), input.subarray(middle)];
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'goroutine-dump',
    seeds: dumps,
    run(input) {
      const reader = createGoroutineReader();
      for (const half of halves(input)) reader.push(half);
      const dump = reader.end();
      const sum = clusters(dump).reduce((total, { count }) => total + count, 0);
      if (sum !== dump.count || dump.count !== readGoroutineDump(input).count) throw new Error('goroutines got lost');
    },
  },
  {
    name: 'gctrace',
    seeds: traces,
    // Each `gc 16` that leads nowhere is tried with up to 64 continuations, read as strings; and the log is read twice.
    allowance: (size) => 16 * 1024 * 1024 + 4096 * size,
    run(input) {
      const reader = createTraceReader();
      for (const half of halves(input)) reader.push(half);
      if (reader.end().gc.count !== readTraceLog(input).gc.count) throw new Error('cycles got lost between two pieces');
    },
  },
  {
    name: 'heap-trailer',
    seeds: () => seedsIn('memstats', /heap-debug1\.txt$/),
    run: (input) => void readHeapTrailer(input),
  },
  { name: 'expvar', seeds: () => seedsIn('memstats', /vars\.json$/), run: (input) => void readExpvar(input) },
  {
    name: 'prometheus',
    seeds: () => [
      ...seedsIn('memstats', /metrics\.txt$/),
      utf8('{"http.requests", code="500"} 3 # {trace_id="x"} 1\na{b="\\"c\\n}",} +Inf 171234\n'),
    ],
    run(input) {
      for (const labels of readPrometheus(input).samples.labels) parseLabels(labels);
    },
  },
  {
    name: 'process',
    seeds: () => [
      ...seedsIn('process', /(status|stat|smaps|smaps_rollup)\.txt$/),
      utf8('12:memory:/a/b\n0::/x.slice\n35 32 0:1 /a /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n'),
    ],
    // Seven texts in one.
    allowance: (size) => DEFAULT_ALLOWANCE(7 * size),
    run(input) {
      const text = textOf(input);
      const cgroup = { membership: text, mountinfo: text, files: { '/sys/fs/cgroup/memory.max': text } };
      readProcess({ pid: 1, status: text, stat: text, smaps: text, smapsRollup: text, maps: text, cgroup });
    },
  },
  {
    name: 'detect-text',
    seeds: () => [...dumps(), ...traces(), ...seedsIn('memstats', /(metrics\.txt|vars\.json)$/)],
    run: (input) => void detectTextEvidence(input),
  },
];
