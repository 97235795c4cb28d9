/** `hemostat show` for texts: a goroutine dump, a log with GC trace lines, a page of metrics. */
import picocolors from 'picocolors';
import { detectTextEvidence } from '../evidence/detect.ts';
import { readTraceLog } from '../evidence/gctrace/read.ts';
import { readGoroutineDump } from '../evidence/goroutines/read.ts';
import { readExpvar } from '../evidence/memstats/expvar.ts';
import { readPrometheus } from '../evidence/memstats/prometheus.ts';
import type { MemStats } from '../evidence/memstats/stats.ts';
import { columns, padEnd, printable } from '../findings/layout.ts';
import { formatBytes, formatCount } from '../findings/units.ts';
import { describeTrace, traceLines } from './show-text-gctrace.ts';
import { describeDump, dumpLines } from './show-text-goroutines.ts';

export interface ShowTextOptions {
  readonly json: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** How many clusters are shown. */
  readonly top: number;
  /** Whether characters beyond ASCII can be shown; true where left out. */
  readonly unicode?: boolean;
}

/** What the text writers below need: finished lines are made harmless and joined here. */
export interface TextPage {
  readonly file: string;
  readonly width: number;
  readonly top: number;
  readonly unicode: boolean;
  readonly paint: ReturnType<typeof picocolors.createColors>;
}

/** The text or JSON to print for a file with text evidence; null where the bytes are something else. */
export function renderTextEvidence(bytes: Uint8Array, file: string, options: ShowTextOptions): string | null {
  const kind = detectTextEvidence(bytes);
  const page: TextPage = {
    file,
    width: Math.max(60, options.width),
    top: options.top,
    unicode: options.unicode ?? true,
    paint: picocolors.createColors(options.color),
  };
  switch (kind) {
    case null:
      return null;
    case 'goroutine-dump': {
      const dump = readGoroutineDump(bytes);
      return options.json ? json('goroutines', file, describeDump(dump, page.top)) : text(dumpLines(dump, page));
    }
    case 'gctrace': {
      const trace = readTraceLog(bytes);
      return options.json ? json('gctrace', file, describeTrace(trace)) : text(traceLines(trace, page));
    }
    case 'prometheus': {
      const { memstats, goVersion, samples } = readPrometheus(bytes);
      const version = goVersion === undefined ? {} : { goVersion };
      if (options.json) return json('memstats', file, { memstats, ...version, samples: samples.count });
      return text(memstatsLines(memstats, `Prometheus text, ${formatCount(samples.count)} samples`, page));
    }
    case 'expvar': {
      const { memstats, numbers } = readExpvar(bytes);
      if (options.json) return json('memstats', file, { memstats, numbers: Object.fromEntries(numbers) });
      return text(memstatsLines(memstats, 'expvar page', page));
    }
  }
}

function json(kind: string, file: string, body: object): string {
  return `${JSON.stringify({ schema: `hemostat/show-${kind}@1`, file, findings: [], ...body }, null, 2)}\n`;
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** Text out of the file, safe for the terminal. */
export function safe(page: TextPage, value: string): string {
  return printable(value.replaceAll('\n', ' '), page.unicode);
}

/** Rows of label and value, labels in one column. */
export function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => columns(label)));
  return rows.map(([label, value]) => `  ${padEnd(label, width)}  ${value}`);
}

const COUNTS: ReadonlySet<string> = new Set(['Mallocs', 'Frees', 'HeapObjects', 'NumGC', 'NumForcedGC', 'Goroutines']);
const TIMES: ReadonlySet<string> = new Set(['LastGC', 'PauseTotalNs', 'GCCPUFraction', 'ProcessStart']);

function memstatsLines(memstats: MemStats | null, what: string, page: TextPage): string[] {
  const lines = [page.paint.bold(`${safe(page, page.file)}: ${what}`), ''];
  const rows: [string, string][] = [];
  for (const [name, value] of Object.entries(memstats ?? {})) {
    if (typeof value !== 'number') continue;
    rows.push([name, TIMES.has(name) ? String(value) : COUNTS.has(name) ? formatCount(value) : formatBytes(value)]);
  }
  return rows.length === 0 ? [...lines, '  no runtime.MemStats in it'] : [...lines, ...table(rows)];
}
