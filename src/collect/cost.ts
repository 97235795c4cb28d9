/** What a bundle holds and what taking it cost the service, for people. */
import { formatDuration } from './duration.ts';
import type { Capture, Manifest } from './manifest.ts';

/** A few lines; with `verbose` one line per capture, too. */
export function describeCaptures(manifest: Manifest, dir: string, verbose: boolean): string {
  const { captures, start, end, service, instance } = manifest;
  const visits = new Set(captures.flatMap(({ snapshot }) => (snapshot === null ? [] : [snapshot]))).size;
  const bytes = captures.reduce((sum, capture) => sum + capture.bytes, 0);
  const lines = [
    `${dir}: ${visits} snapshots of ${service} (${instance}) in ${formatDuration(end - start)}, ${size(bytes)}`,
  ];
  if (verbose) lines.push('', ...captures.map(captureLine));
  lines.push('', ...summary(captures), '', `next: hemostat diagnose ${dir}`);
  return `${lines.join('\n')}\n`;
}

/** One line: when it was taken, what, its size and time, whether the world stopped. */
export function captureLine(capture: Capture): string {
  const { snapshot, kind, bytes, ms, stopsTheWorld, error } = capture;
  const visit =
    snapshot === null
      ? ' – '
      : String(snapshot + 1)
          .padStart(2)
          .padEnd(3);
  const stops = error ?? `stops the world: ${stopsText(stopsTheWorld)}`;
  return `  ${visit} ${kind.padEnd(16)} ${size(bytes).padStart(9)} ${`${ms.toFixed(1)} ms`.padStart(11)}  ${stops}`;
}

function summary(captures: readonly Capture[]): string[] {
  const byKind = new Map<
    string,
    { count: number; bytes: number; ms: number; failed: number; stops: Capture['stopsTheWorld'] }
  >();
  for (const capture of captures) {
    const sum = byKind.get(capture.kind) ?? { count: 0, bytes: 0, ms: 0, failed: 0, stops: capture.stopsTheWorld };
    sum.count += capture.error === undefined ? 1 : 0;
    sum.failed += capture.error === undefined ? 0 : 1;
    sum.bytes += capture.bytes;
    sum.ms = Math.max(sum.ms, capture.ms);
    byKind.set(capture.kind, sum);
  }
  return [...byKind].map(([kind, { count, bytes, ms, failed, stops }]) => {
    const what = `${kind.padEnd(16)} ${String(count).padStart(3)} × ${size(count > 0 ? bytes / count : 0).padStart(9)}`;
    const slowest = ms > 0 ? `, slowest ${ms.toFixed(1)} ms` : '';
    const lost = failed > 0 ? `, ${failed} failed` : '';
    return `  ${what}${slowest}${lost}; stops the world: ${stopsText(stops)}`;
  });
}

function stopsText(stops: Capture['stopsTheWorld']): string {
  if (typeof stops === 'string') return stops;
  return stops ? 'yes, for as long as it takes' : 'no';
}

function size(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
