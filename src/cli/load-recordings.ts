/** Recordings of syscalls from the command line: files, and directories in which a collector writes them. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EvidenceError } from '../evidence/error.ts';
import { isRecording, readRecording } from '../evidence/syscalls/read.ts';
import type { SyscallRecording } from '../evidence/syscalls/recording.ts';
import { reasonOf } from '../guard/error.ts';
import { UsageError } from './exit.ts';

/** As many bytes of a file as say whether it is a recording. */
const BEGINNING = 64;

/** @throws UsageError where a path is none, or a directory holds no recording */
export function recordingFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined)
      throw new UsageError(`there is no ${path}; name a recording of hemostat guard baseline collect`);
    if (!info.isDirectory()) return [path];
    const files = readdirSync(path)
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true && isRecording(beginningOf(file)));
    if (files.length === 0)
      throw new UsageError(`${path} holds no recording; hemostat guard baseline collect --out FILE writes one`);
    return files;
  });
}

/** @throws EvidenceError where the file cannot be read or is damaged */
export function loadRecording(file: string): SyscallRecording {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new EvidenceError('syscall recording', `${file} cannot be read (${reasonOf(error)})`);
  }
  return readRecording(bytes, file);
}

/** In order of time, which is how they have to be learned; each is read for its first window and let go. */
export function inOrderOfTime(files: readonly string[]): string[] {
  if (files.length < 2) return [...files];
  const from = new Map(files.map((file) => [file, loadRecording(file).windows.from[0] ?? 0]));
  return [...files].sort((a, b) => (from.get(a) ?? 0) - (from.get(b) ?? 0));
}

/** As many bytes as tell a recording from other files. */
export function beginningOf(file: string): Uint8Array {
  const bytes = new Uint8Array(BEGINNING);
  const descriptor = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
