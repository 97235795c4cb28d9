/** Writes a report to disk: whole or not at all, and for nobody else to read. */
import { randomBytes } from 'node:crypto';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, TargetError } from '../../collect/error.ts';
import { fillReport, type ReportData } from './page.ts';

/**
 * Asked before a window of five minutes begins rather than after it.
 *
 * @param home directory of the package, which has ui/dist
 * @throws TargetError where the page was not built, or the directory of the file is not there
 */
export async function checkReport(home: string, path: string): Promise<void> {
  await template(home);
  try {
    await access(dirname(path));
  } catch {
    throw new TargetError(`--html ${path}: the directory ${dirname(path)} is not there; create it first`);
  }
}

/**
 * Heap profiles and dumps name what is in memory, so the file is readable by its owner only.
 *
 * @throws TargetError where the page was not built, or the file cannot be written
 */
export async function writeReport(home: string, path: string, data: ReportData): Promise<{ readonly bytes: number }> {
  const html = Buffer.from(fillReport(await template(home), data));
  const temporary = join(dirname(path), `.hemostat-${randomBytes(6).toString('hex')}.html`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(html);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const why: Readonly<Record<string, string>> = {
      ENOSPC: 'the disk is full',
      EACCES: 'this user may not write there',
      EROFS: 'the file system is read-only',
      EISDIR: 'it is a directory',
    };
    const code = codeOf(error);
    throw new TargetError(`the report cannot be written to ${path}: ${why[code] ?? (code || String(error))}`);
  }
  return { bytes: html.length };
}

async function template(home: string): Promise<string> {
  const path = join(home, 'ui', 'dist', 'report.html');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new TargetError('the page for --html is not built in this checkout; run make setup (or npm run build:ui)');
  }
}
