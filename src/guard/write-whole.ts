/** Files of hemostat's own cache: whole or not at all, for their owner only. */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../findings/make-directory.ts';
import { reasonOf } from './error.ts';

/**
 * Writes under another name first and then renames, so that no reader sees half of it; directories on the way are made.
 * @returns why it could not be written, a few words; empty where it was
 */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<string> {
  if (!makeDirectory(dirname(path))) return 'its directory cannot be made';
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, data, { mode: 0o600 });
    await rename(temporary, path);
    return '';
  } catch (error) {
    await rm(temporary, { force: true });
    return reasonOf(error);
  }
}
