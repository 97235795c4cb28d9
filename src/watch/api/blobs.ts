/** Captures and the bytes of their parts. */
import type { Capture, CapturePart, PartKind } from '../model.ts';
import type { Backend } from './backend.ts';
import { ApiProblem, notFound } from './problem.ts';

export async function captureOf(backend: Backend, id: string): Promise<Capture> {
  const capture = await backend.store.capture(id);
  if (capture === null) throw notFound('such capture');
  return capture;
}

/** The part of a kind; throws ApiProblem where the capture has none, or its bytes are not kept any more. */
export function partOf(capture: Capture, kind: PartKind): CapturePart & { readonly blob: string } {
  const part = capture.parts.find((one) => one.kind === kind);
  if (part === undefined) throw notFound(`${kind} in this capture`);
  const { blob } = part;
  if (blob === null) {
    throw new ApiProblem(
      410,
      `The ${kind} of this capture is not kept: ${part.error ?? 'it was only read, or has been removed since'}.`,
    );
  }
  return { ...part, blob };
}

/** Kinds that are pprof profiles, the most asked for first. */
export const PROFILE_KINDS = ['heap', 'goroutine', 'goroutineleak', 'profile'] as const satisfies readonly PartKind[];

/** The profile of a capture: of the kind asked for, else the first that it has. */
export function profilePart(capture: Capture, kind: PartKind | undefined): ReturnType<typeof partOf> {
  const found = PROFILE_KINDS.find((one) => capture.parts.some((part) => part.kind === one && part.blob !== null));
  return partOf(capture, kind ?? found ?? 'heap');
}
