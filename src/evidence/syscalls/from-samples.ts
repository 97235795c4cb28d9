/** Windows as a collector in this process hands them on, made a recording without a file in between. */
import { RecordingBuilder } from './build.ts';
import type { SyscallRecording } from './recording.ts';
import type { RecordingHeader, WindowSample } from './write.ts';

/** @param windows in order of time */
export function recordingOfSamples(
  { host, sources }: Pick<RecordingHeader, 'host' | 'sources'>,
  windows: readonly WindowSample[],
): SyscallRecording {
  return indexedRecording({ host, sources }, windows).recording;
}

/** With the index into `processes` of each sample of each window. */
export function indexedRecording(
  { host, sources }: Pick<RecordingHeader, 'host' | 'sources'>,
  windows: readonly WindowSample[],
): { readonly recording: SyscallRecording; readonly processes: readonly (readonly number[])[] } {
  const builder = new RecordingBuilder(host);
  for (const state of sources) builder.source(state);
  const processes = windows.map((window) => {
    builder.window(window);
    return window.processes.map(({ process, container, calls, flows }) => {
      const index = builder.process({ ...process, container: builder.container(container) });
      for (const [name, count] of calls) {
        const syscall = builder.syscall(name);
        if (syscall >= 0) builder.count(index, syscall, count);
      }
      if (flows !== null) builder.flow(index, flows);
      return index;
    });
  });
  return { recording: builder.build(), processes };
}
