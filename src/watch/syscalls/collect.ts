/** Counts in this server: a collector of the whole machine whose windows are recordings at once. */
import { TargetError } from '../../collect/error.ts';
import { type Collector, startCollector } from '../../collect/syscalls/collector.ts';
import { containerNamer } from '../../collect/syscalls/identity.ts';
import { RecordingBuilder } from '../../evidence/syscalls/build.ts';
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
        else effects.onWindow(recordingOf(header, window));
      },
    },
  );
  header = collector.header;
  for (const window of early) effects.onWindow(recordingOf(header, window));
  collector.ended.then(
    () => effects.onEnd('the collector has ended'),
    (error: unknown) => effects.onEnd(error instanceof TargetError ? error.message : String(error)),
  );
  return collector;
}

function recordingOf({ host, sources }: RecordingHeader, window: WindowSample): SyscallRecording {
  const builder = new RecordingBuilder(host);
  for (const state of sources) builder.source(state);
  builder.window(window);
  for (const { process, container, calls, flows } of window.processes) {
    const index = builder.process({ ...process, container: builder.container(container) });
    for (const [name, count] of calls) {
      const syscall = builder.syscall(name);
      if (syscall >= 0) builder.count(index, syscall, count);
    }
    if (flows !== null) builder.flow(index, flows);
  }
  return builder.build();
}
