/** A heap dump and, where it was given, its executable; errors name the file. */
import { type Executable, openExecutable } from '../evidence/binary/executable.ts';
import { EvidenceError } from '../evidence/error.ts';
import type { HeapDump } from '../evidence/heapdump/dump.ts';
import { readHeapDump } from '../evidence/heapdump/read.ts';

export interface LoadedDump {
  readonly dump: HeapDump;
  readonly executable: Executable | null;
  close(): void;
}

export interface LoadOptions {
  readonly binary?: string;
  readonly partial?: boolean;
}

export function loadDump(path: string, options: LoadOptions, onStep: (step: string) => void = () => {}): LoadedDump {
  onStep(`reading ${path}`);
  const dump = read(path, options.partial === true);
  try {
    const executable = options.binary === undefined ? null : openExecutable(options.binary);
    return {
      dump,
      executable,
      close() {
        dump.close();
        executable?.close();
      },
    };
  } catch (error) {
    dump.close();
    throw error;
  }
}

function read(path: string, partial: boolean): HeapDump {
  try {
    return readHeapDump(path, { partial });
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new EvidenceError('heap dump', `${path}: ${error.message}`);
  }
}
