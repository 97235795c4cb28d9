/** Writes what a plan says, each file at once or not at all. */
import { randomBytes } from 'node:crypto';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, type FilePlan } from './fix.ts';

/**
 * Puts the new text beside the file and renames it over the old one, so that a reader sees one or the other and a crash
 * leaves the old. A link stays a link; the mode is kept.
 * @returns why it was not written, or null.
 */
export async function writePlan(plan: FilePlan): Promise<string | null> {
  let temporary: string | null = null;
  try {
    const path = await realpath(plan.path);
    await access(path, constants.W_OK);
    const { mode } = await stat(path);
    temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(plan.after);
      // What the process may not give away by default (umask) the file had all the same.
      await file.chmod(mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    const now = await stat(path);
    if (now.mtimeMs !== plan.modified || now.size !== plan.before.length) {
      return 'the file was changed in the meantime; review again';
    }
    await rename(temporary, path);
    temporary = null;
    return null;
  } catch (error) {
    return `it cannot be written (${codeOf(error)})`;
  } finally {
    if (temporary !== null) await rm(temporary, { force: true });
  }
}
