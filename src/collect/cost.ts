/** What a bundle holds and what taking it cost the service, for people. */
import { formatDuration } from './duration.ts';
import type { Capture, Manifest } from './manifest.ts';

const HEADER = `${'kind'.padEnd(17)}${'bytes'.padStart(10)}${'ms'.padStart(10)}   stops the world`;

/** A few lines of at most 80 columns; with `verbose` one line per capture, too. */
export function describeCaptures(manifest: Manifest, dir: string, verbose: boolean): string {
  const { captures, start, end, service, instance } = manifest;
  const visits = new Set(captures.flatMap(({ snapshot }) => (snapshot === null ? [] : [snapshot]))).size;
  const bytes = captures.reduce((sum, capture) => sum + capture.bytes, 0);
  const took = `${visits} ${visits === 1 ? 'snapshot' : 'snapshots'}`;
  const lines = [`${dir}: ${took} of ${service} (${instance}) in ${formatDuration(end - start)}, ${size(bytes)}`];
  if (verbose) lines.push('', `  at  ${HEADER}`, ...captures.map(captureLine));
  lines.push('', `   n  ${HEADER}`, ...summary(captures), '', `next: hemostat diagnose ${dir}`);
  return `${lines.join('\n')}\n`;
}

/** One line: at which snapshot, what, its size and time, whether the world stopped. */
export function captureLine(capture: Capture): string {
  const { snapshot, kind, bytes, ms, stopsTheWorld, error } = capture;
  return row(snapshot === null ? '–' : String(snapshot + 1), kind, bytes, ms, error ?? stopsText(stopsTheWorld));
}

/** Per kind: how many, all their bytes, the slowest. */
function summary(captures: readonly Capture[]): string[] {
  return [...Map.groupBy(captures, (capture) => capture.kind)].map(([kind, alike]) => {
    const failed = alike.filter((capture) => capture.error !== undefined).length;
    const bytes = alike.reduce((sum, capture) => sum + capture.bytes, 0);
    const slowest = Math.max(...alike.map((capture) => capture.ms));
    const stops = stopsText(alike[0]?.stopsTheWorld ?? false);
    return row(String(alike.length - failed), kind, bytes, slowest, failed > 0 ? `${stops}; ${failed} failed` : stops);
  });
}

function row(first: string, kind: string, bytes: number, ms: number, last: string): string {
  return `${first.padStart(4)}  ${kind.padEnd(17)}${size(bytes).padStart(10)}${(ms > 0 ? ms.toFixed(1) : '–').padStart(10)}   ${last}`;
}

function stopsText(stops: Capture['stopsTheWorld']): string {
  if (typeof stops === 'string') return stops;
  return stops ? 'yes, all the while' : 'no';
}

function size(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
