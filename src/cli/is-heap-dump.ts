/** Tells a heap dump from a profile by its first bytes, without reading the rest: it may have many GiB. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Of every heap dump since Go 1.7. */
const HEADER = Buffer.from('go1.7 heap dump\n', 'latin1');

/** False also where the file cannot be read: whoever reads it then says why. */
export function isHeapDump(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const head = Buffer.alloc(HEADER.length);
    return readSync(fd, head, 0, head.length, 0) === head.length && head.equals(HEADER);
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}
