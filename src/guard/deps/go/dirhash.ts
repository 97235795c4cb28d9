/**
 * The `h1:` hash of a module (golang.org/x/mod/sumdb/dirhash): SHA-256 over lines `hex of the file's SHA-256, two blanks, name`, sorted by
 * the bytes of the names, in base64. Names are `path@version/file`; for a go.mod alone it is `go.mod`.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, readEntry, readZip, ZipError } from './zip.ts';

/** SHA-256 in hex by file name without the prefix `path@version/`. */
export type FileHashes = ReadonlyMap<string, string>;

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** `h1:…` over the files, whose names get `prefix`. */
export function hash1(files: FileHashes, prefix: string): string {
  const names = [...files.keys()].map((name) => ({ name, bytes: Buffer.from(prefix + name) }));
  names.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const sum = createHash('sha256');
  for (const { name, bytes } of names)
    sum
      .update(`${files.get(name) ?? ''}  `)
      .update(bytes)
      .update('\n');
  return `h1:${sum.digest('base64')}`;
}

/** Of a module's zip. @throws ZipError where it is none, or has files that are not of the module */
export function zipHashes(source: ByteSource, prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readZip(source)) {
    const name = entry.name.slice(prefix.length);
    if (!entry.name.startsWith(prefix) || name === '' || name.includes('\n') || name.split('/').includes('..'))
      throw new ZipError(`${JSON.stringify(entry.name.slice(0, 200))} in it is no file of ${prefix.slice(0, -1)}`);
    if (found.has(name)) throw new ZipError(`${JSON.stringify(name.slice(0, 200))} is in it twice`);
    found.set(name, sha256(readEntry(source, entry)));
  }
  return found;
}

/** `use` with the bytes of a file, which is closed after it. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openSync(path, 'r');
  try {
    return use({
      size: fstatSync(file).size,
      read(offset, length) {
        const bytes = Buffer.allocUnsafe(length);
        for (let at = 0; at < length; ) {
          const read = readSync(file, bytes, at, length - at, offset + at);
          if (read === 0) throw new ZipError('it became shorter while it was read');
          at += read;
        }
        return bytes;
      },
    });
  } finally {
    closeSync(file);
  }
}

/** Largest number of files in a module's directory; a zip without zip64 has no more. */
const MOST_FILES = 0xffff;

/** Of all files below a directory. Symbolic links, which no module has, count as a hash that no file has. */
export async function directoryHashes(directory: string, most = MOST_FILES): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) open.push(name);
      else if (found.size >= most) throw new ZipError(`it has more than ${most} files`);
      else if (!entry.isFile()) found.set(name, 'no regular file');
      else found.set(name, sha256(await readFile(join(directory, name))));
    }
  }
  return found;
}

export async function isDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}

/** How `there` differs from what it should be, e.g. `x.go is changed`; at most `most` names. */
export function differences(wanted: FileHashes, there: FileHashes, most = 5): string[] {
  const found: string[] = [];
  for (const [name, hash] of there) {
    const should = wanted.get(name);
    if (should === undefined) found.push(`${name} was added`);
    else if (should !== hash) found.push(`${name} was changed`);
  }
  for (const name of wanted.keys()) if (!there.has(name)) found.push(`${name} is missing`);
  found.sort();
  return found.length > most ? [...found.slice(0, most), `${found.length - most} more`] : found;
}
