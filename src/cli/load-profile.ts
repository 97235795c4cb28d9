/** A profile from the command line: a file, or a bundle directory whose last heap snapshot is meant. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EvidenceError } from '../evidence/error.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import { pruneUninteresting } from '../evidence/pprof/prune.ts';
import { readProfile } from '../evidence/pprof/read.ts';

/** The file that a word on the command line stands for: itself, or the last heap of a bundle. */
export async function evidenceFile(path: string): Promise<string> {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
  if (!isDirectory) return path;
  const { readManifest } = await import('../collect/manifest.ts');
  const heaps = readManifest(path).captures.filter(({ kind, error }) => kind === 'heap' && error === undefined);
  const last = heaps.findLast(({ file }) => file !== undefined)?.file;
  if (last === undefined) throw new EvidenceError('bundle', `${path} is a bundle without a heap profile`);
  return join(path, last);
}

export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** As go tool pprof sees it: without the frames that the profile itself calls uninteresting. */
export function parseProfile(bytes: Uint8Array, file: string): Profile {
  return inFile(file, () => pruneUninteresting(readProfile(bytes)));
}

/** Runs a reader and puts the file's name in front of what it complains about. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof EvidenceError) throw new EvidenceError(error.format, `${file}: ${error.message}`);
    throw error;
  }
}

function unreadable(path: string, error: unknown): EvidenceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist; check the path',
    EACCES: 'may not be read by this user; check its permissions',
    EISDIR: 'is a directory',
    ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB',
  };
  return new EvidenceError('file', `${path} ${why[code] ?? `cannot be read (${code || String(error)})`}`);
}
