/** The diagnosis for a terminal of 80 columns and more: the answer first, then what it rests on. */

import { canonical } from './canonical.ts';
import {
  arrow,
  newPage,
  type Page,
  tameFinding,
  writeCleared,
  writeFull,
  writeHint,
  writeList,
  writeShort,
} from './finding-text.ts';
import { padEnd, printable, type Terminal, wrap } from './layout.ts';
import { ledgerTable } from './ledger.ts';
import type { Diagnosis, Series } from './model.ts';
import { onAxis, sparkline } from './sparkline.ts';
import { formatCount, formatDuration, formatValue } from './units.ts';

const SPARK_COLUMNS = 32;
const SERIES_LABEL: Readonly<Record<Series['name'], string>> = {
  rss: 'RSS',
  'live-heap': 'live heap',
  goroutines: 'goroutines',
  load: 'load',
  'gc-rate': 'GC cycles',
  'gc-pause': 'GC pause',
};
const SERIES_ORDER: readonly Series['name'][] = ['rss', 'live-heap', 'goroutines', 'load', 'gc-rate', 'gc-pause'];

/**
 * `d` as text with a newline at the end. No line is wider than `width` except where one word (a path) is. Colour and
 * characters beyond ASCII are used only where `terminal` says so.
 */
export function writeText(d: Diagnosis, terminal: Terminal): string {
  const clean = tame(canonical(d), terminal.unicode);
  const page = newPage(terminal);
  for (const line of wrap(clean.verdict, page.terminal.width)) page.lines.push(page.paint.bold(line));
  page.lines.push('');
  writeTarget(page, clean);
  writeSeries(page, clean.series);
  const open = clean.findings.filter((f) => f.verdict !== 'cleared');
  const cleared = clean.findings.filter((f) => f.verdict === 'cleared');
  for (const [i, finding] of open.entries()) {
    page.lines.push('');
    if (i === 0) writeFull(page, finding);
    else writeShort(page, finding, i + 1);
  }
  writeCleared(page, cleared, 'looks like a leak and is none');
  if (clean.ledger !== null) {
    page.lines.push('', page.paint.bold('where the memory is'), ...ledgerTable(clean.ledger, page.terminal.width));
  }
  writeList(page, 'notes', clean.notes);
  writeHint(page, open[0] ?? cleared[0]);
  return `${page.lines.join('\n')}\n`;
}

function writeTarget(page: Page, d: Diagnosis): void {
  const { service, instance, goVersion } = d.target;
  const parts = [
    service,
    instance === '' || instance === service ? '' : `at ${instance}`,
    goVersion ?? '',
    // A heap dump has no window.
    d.window.snapshots === 0
      ? ''
      : `${formatCount(d.window.snapshots)} snapshot${d.window.snapshots === 1 ? '' : 's'} in ${formatDuration(d.window.seconds)}`,
    d.window.start === '' ? '' : `from ${d.window.start.replace(/\.\d+Z$/, 'Z')}`,
  ].filter((part) => part !== '');
  for (const line of wrap(parts.join(', '), page.terminal.width)) page.lines.push(page.paint.dim(line));
}

function writeSeries(page: Page, all: readonly Series[]): void {
  const shown = SERIES_ORDER.flatMap((name) => all.filter((s) => s.name === name && s.value.length > 0));
  if (shown.length === 0) return;
  page.lines.push('');
  const width = Math.min(SPARK_COLUMNS, Math.max(...shown.map((s) => s.value.length)));
  const from = Math.min(...shown.map((s) => s.at[0] ?? 0));
  const to = Math.max(...shown.map((s) => s.at.at(-1) ?? 0));
  for (const s of shown) {
    const bars = sparkline(onAxis(s.at, s.value, from, to, width), page.terminal.unicode);
    const first = formatValue(s.value[0] ?? 0, s.unit);
    const last = formatValue(s.value.at(-1) ?? 0, s.unit);
    const change = s.value.length === 1 ? first : `${first} ${arrow(page)} ${last}`;
    page.lines.push(`  ${page.paint.dim(padEnd(SERIES_LABEL[s.name], 12))}${page.paint.cyan(bars)}  ${change}`);
  }
}

/** Every string of the diagnosis made printable; the numbers stay as they are. */
function tame(d: Diagnosis, unicode: boolean): Diagnosis {
  const line = (text: string): string => printable(text.replaceAll('\n', ' '), unicode);
  return {
    ...d,
    verdict: line(d.verdict),
    target: {
      service: line(d.target.service),
      instance: line(d.target.instance),
      goVersion: d.target.goVersion === null ? null : line(d.target.goVersion),
    },
    window: { ...d.window, start: line(d.window.start) },
    findings: d.findings.map((finding) => tameFinding(finding, unicode)),
    ledger:
      d.ledger === null
        ? null
        : { rss: d.ledger.rss, terms: d.ledger.terms.map((t) => ({ ...t, name: line(t.name), how: line(t.how) })) },
    notes: d.notes.map(line),
  };
}
