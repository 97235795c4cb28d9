/** Counts in this server: a collector of the whole machine whose windows are recordings at once. */
import { TargetError } from '../../collect/error.ts';
import { type Collector, startCollector } from '../../collect/syscalls/collector.ts';
import { containerNamer } from '../../collect/syscalls/identity.ts';
import { recordingOfSamples } from '../../evidence/syscalls/from-samples.ts';
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import type { RecordingHeader, WindowSample } from '../../evidence/syscalls/write.ts';

export interface LocalCollectorEffects {
  readonly onWindow: (recording: SyscallRecording) => void;
  /** Counting has ended by itself, with the reason in one sentence. */
  readonly onEnd: (says: string) => void;
  readonly onNote: (says: string) => void;
}

/** @throws TargetError: one sentence, what is missing and what to do */
export async function collectHere(windowMs: number, effects: LocalCollectorEffects): Promise<Collector> {
  let header: RecordingHeader | null = null;
  const early: WindowSample[] = [];
  const collector = await startCollector(
    { windowMs, who: { all: true } },
    {
      namer: containerNamer(),
      onNote: effects.onNote,
      onWindow: (window) => {
        if (header === null) early.push(window);
        else effects.onWindow(recordingOfSamples(header, [window]));
      },
    },
  );
  header = collector.header;
  for (const window of early) effects.onWindow(recordingOfSamples(header, [window]));
  collector.ended.then(
    () => effects.onEnd('the collector has ended'),
    (error: unknown) => effects.onEnd(error instanceof TargetError ? error.message : String(error)),
  );
  return collector;
}
