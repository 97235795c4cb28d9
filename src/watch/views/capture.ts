/** A capture and a mark, as the page shows them. */
import type { CaptureInfo, MarkView } from '../api/contract.ts';
import type { Capture, Mark, TargetId } from '../model.ts';

export function captureInfo(capture: Capture, nameOf: (id: TargetId) => string): CaptureInfo {
  return {
    id: capture.id,
    target: capture.target,
    instance: capture.reason === 'opened' ? (capture.name ?? '') : nameOf(capture.target),
    at: capture.at,
    reason: capture.reason,
    build: capture.build,
    name: capture.name ?? null,
    parts: capture.parts.map(({ kind, blob, bytes, ms, error }) => ({
      kind,
      bytes,
      ms,
      kept: blob !== null,
      error: error ?? null,
    })),
  };
}

export function markView(mark: Mark, nameOf: (id: TargetId) => string): MarkView {
  const { kind, at, build, goVersion, says } = mark;
  return { kind, at, build, goVersion, instance: nameOf(mark.target), says };
}
